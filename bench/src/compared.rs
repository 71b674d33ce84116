//! What is measured in turns, round by round: ours, the floor, ours, the floor.

use crate::Outcome;

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

/// Two things by turns: a quarter of the outer one's time, half of the inner one's, half, half, a
/// quarter. Each is told which part of its time it has: a half is 2.
pub fn by_turns<A, B>(
    mut outer: impl FnMut(u64) -> Outcome<A>,
    mut inner: impl FnMut(u64) -> Outcome<B>,
) -> Outcome<([A; 3], [B; 2])> {
    let (first, one, second) = (outer(4)?, inner(2)?, outer(2)?);
    let (two, third) = (inner(2)?, outer(4)?);
    Ok(([first, second, third], [one, two]))
}

/// The mean over an outer one's time.
pub fn outer_mean([first, second, third]: [f64; 3]) -> f64 {
    f64::midpoint(f64::midpoint(first, third), second)
}

/// The mean over an inner one's time.
pub fn inner_mean([one, two]: [f64; 2]) -> f64 {
    f64::midpoint(one, two)
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
    fn by_turns_both_have_all_of_their_time() {
        let turns = std::cell::RefCell::new(Vec::new());
        let turn = |who, part| {
            turns.borrow_mut().push((who, part));
            Ok(1.0 / f64::from(u8::try_from(part)?))
        };
        let (outer, inner) =
            by_turns(|part| turn("outer", part), |part| turn("inner", part)).unwrap();
        let order = [("outer", 4), ("inner", 2), ("outer", 2), ("inner", 2), ("outer", 4)];
        assert_eq!(*turns.borrow(), order);
        let whole = |parts: &[f64]| (parts.iter().sum::<f64>() - 1.0).abs() < 1e-9;
        assert!(whole(&outer) && whole(&inner));
        // A turn that is twice as long counts twice.
        assert!((outer_mean([4.0, 8.0, 16.0]) - 9.0).abs() < 1e-9);
        assert!((inner_mean([4.0, 8.0]) - 6.0).abs() < 1e-9);
    }

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
