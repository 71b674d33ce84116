use super::StartError;
use crate::config::Config;
use crate::web::{Agreement, Wording};
use std::fs;

/// The vendor's own text of the license agreement, else the one that comes with the program.
pub(super) fn agreement(config: &Config) -> Result<Agreement, StartError> {
    let Some(dir) = &config.agreement_dir else { return Ok(Agreement::built_in()?) };
    let wording = |name: &str| {
        let path = dir.join(name);
        let file = path.display().to_string();
        let text = fs::read_to_string(&path);
        let text = text
            .map_err(|error| StartError::Io(format!("the setting agreement_dir: {file}"), error))?;
        Ok::<_, StartError>(Wording { file, text })
    };
    Ok(Agreement::new(wording("agreement.ru.html")?, wording("agreement.en.html")?)?)
}
