//! What is told to programs, by the command's `--json` and by the C library.

use crate::{Error, Installation, Language, Shown};
use serde_json::{Value, json};

impl Installation {
    /// All that there is to show, as JSON: the members of [`Shown`], the installation's thumbprint
    /// (`installation`) and the license as it came (`token`).
    ///
    /// # Errors
    /// As [`Installation::token`].
    pub fn shown_json(&self, shown: &Shown) -> Result<Value, Error> {
        let mut all = json!(shown);
        all["installation"] = self.thumbprint().into();
        all["token"] = self.token()?.into();
        Ok(all)
    }
}

impl Error {
    /// The error as JSON: `code`, `text` and, of an answer of the license office, `status`, `cause`
    /// (its code) and `request_id`; null otherwise.
    #[must_use]
    pub fn json(&self, language: Language) -> Value {
        let problem = self.problem();
        json!({
            "code": self.code(),
            "text": self.text(language),
            "status": problem.map(|problem| problem.status),
            "cause": problem.map(|problem| &problem.code),
            "request_id": problem.and_then(|problem| problem.request_id.as_ref()),
        })
    }
}
