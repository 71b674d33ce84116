//! What is measured in turns, round by round: ours, the floor, ours, the floor.

/// One value of each for every round.
#[derive(Debug, Default)]
pub struct Compared {
    rounds: Vec<(f64, f64)>,
}

impl Compared {
    /// Adds what a round came to.
    pub fn add(&mut self, ours: f64, floor: f64) {
        self.rounds.push((ours, floor));
    }

    /// The median of ours.
    pub fn ours(&self) -> f64 {
        self.median(|ours, _| ours)
    }

    /// The median of the floor's.
    pub fn floor(&self) -> f64 {
        self.median(|_, floor| floor)
    }

    /// The median of the rounds' ratios, ours to the floor's. It is not that of the two medians: a
    /// machine that is slow for a while is slow for both sides of a round.
    pub fn ratio(&self) -> f64 {
        self.median(|ours, floor| ours / floor)
    }

    fn median(&self, value: impl Fn(f64, f64) -> f64) -> f64 {
        median(self.rounds.iter().map(|&(ours, floor)| value(ours, floor)).collect())
    }
}

/// The middle value; of none it is 0.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_that_of_a_round() {
        let mut compared = Compared::default();
        for (ours, floor) in [(50.0, 100.0), (5.0, 10.0), (60.0, 100.0)] {
            compared.add(ours, floor);
        }
        let found = [compared.ours(), compared.floor(), compared.ratio()];
        assert!(found.iter().zip([50.0, 100.0, 0.5]).all(|(a, b)| (a - b).abs() < 1e-9));
    }
}
