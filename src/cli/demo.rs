use super::Outcome;
#[derive(clap::Args)]
pub struct Arguments {}
pub fn demo(_: &Arguments) -> Outcome {
    Ok(())
}
