use super::Digest;

/// How many findings are kept of one chain.
const MAX_FINDINGS: usize = 1000;

/// Follows a chain row by row, in the order of its numbers.
///
/// Whether the chain holds is decided by its content and the keyed head alone. The values that were
/// stored with the rows only tell which row does not fit.
#[derive(Debug, Default)]
pub struct ChainWalk {
    /// Of the content of all rows so far.
    computed: Digest,
    /// The value stored with the last row that had one.
    stored: Digest,
    last: i64,
    findings: Vec<String>,
}

impl ChainWalk {
    /// Takes the next row: its number, the value stored with it, what it is called, and its next
    /// value, given the one before it.
    pub fn row(
        &mut self,
        number: i64,
        stored: Option<&[u8]>,
        name: impl Fn() -> String,
        next: impl Fn(&Digest) -> Digest,
    ) {
        self.computed = next(&self.computed);
        let stored = stored.and_then(|stored| Digest::try_from(stored).ok());
        let fits = stored.is_some_and(|stored| next(&self.stored) == stored);
        if number <= self.last || stored.is_none() {
            self.find(|| format!("{} was inserted", name()));
        } else if number > self.last + 1 {
            let (first, end) = (self.last + 1, number - 1);
            self.find(|| {
                if first == end {
                    format!("number {first} was removed")
                } else {
                    format!("numbers {first} to {end} were removed")
                }
            });
        } else if !fits {
            self.find(|| format!("{} was changed or inserted", name()));
        }
        if let Some(stored) = stored {
            (self.stored, self.last) = (stored, number.max(self.last));
        }
    }

    /// The number of the last row, and the chain's value there, by the rows' content.
    #[must_use]
    pub fn end(&self) -> (i64, Digest) {
        (self.last, self.computed)
    }

    /// What does not fit the end that the head states; nothing where all of it fits.
    #[must_use]
    pub fn finish(mut self, number: i64, chain: &Digest) -> Vec<String> {
        if self.computed == *chain {
            return Vec::new();
        }
        let last = self.last;
        if last < number {
            self.find(|| format!("numbers {} to {number} were removed", last + 1));
        } else if last > number {
            self.find(|| format!("numbers {} to {last} were inserted", number + 1));
        }
        if self.findings.is_empty() {
            self.find(|| "rows were changed, and their chain was computed anew".to_owned());
        }
        self.findings
    }

    fn find(&mut self, finding: impl FnOnce() -> String) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding());
        }
    }
}
