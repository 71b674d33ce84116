//! Three verifiers that must agree: ours, `PyJWT`, OpenSSL.

use crate::support::python;
use licentia_client::Roots;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, thread};
use tempfile::TempDir;

/// A token, and what all verifiers must make of it.
pub struct Sample {
    what: String,
    token: String,
    /// `None`: it is good. `refused`: for whatever reason.
    why: Option<&'static str>,
    installation: Option<String>,
}

impl Sample {
    pub fn good(what: &str, token: String) -> Self {
        Self { what: what.into(), token, why: None, installation: None }
    }

    pub fn refused(what: &str, token: String, why: &'static str) -> Self {
        Self { what: what.into(), token, why: Some(why), installation: None }
    }

    /// Verified by this installation.
    pub fn for_installation(mut self, thumbprint: Option<String>) -> Self {
        self.installation = thumbprint;
        self
    }
}

/// The verifiers, with their roots.
pub struct Oracles {
    roots: Roots,
    folder: TempDir,
}

const VERIFIERS: [&str; 3] = ["licentia_client", "PyJWT", "OpenSSL"];

/// The claims, or one word why not.
type Verdict = Result<Value, String>;

impl Oracles {
    pub fn of(roots: &Roots) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("roots.json"), serde_json::to_string(roots).unwrap()).unwrap();
        Self { roots: roots.clone(), folder }
    }

    /// What a good license states, by all three.
    #[track_caller]
    pub fn claims(&self, token: &str, installation: Option<&str>) -> Value {
        let good = Sample::good("a license of the office", token.to_owned());
        let good = good.for_installation(installation.map(str::to_owned));
        let verdicts = self.verdicts(&[&good]).remove(0);
        for (name, verdict) in VERIFIERS.iter().zip(&verdicts) {
            assert_eq!(*verdict, verdicts[0], "{name} says something else of {token}");
        }
        verdicts[0].clone().unwrap_or_else(|why| panic!("refused ({why}): {token}"))
    }

    /// That every verifier says of every token what it should.
    #[track_caller]
    pub fn assert_agree(&self, table: &[Sample]) {
        let mut wrong = Vec::new();
        let (any, own): (Vec<&Sample>, Vec<_>) =
            table.iter().partition(|t| t.installation.is_none());
        for tokens in [any].into_iter().chain(own.into_iter().map(|token| vec![token])) {
            for (token, verdicts) in tokens.iter().zip(self.verdicts(&tokens)) {
                let fits = |verdict: &Verdict| match (token.why, verdict) {
                    (None, Ok(_)) | (Some("refused"), Err(_)) => true,
                    (Some(why), Err(said)) => why == said,
                    _ => false,
                };
                let said = VERIFIERS.iter().zip(&verdicts).filter(|(_, verdict)| !fits(verdict));
                let (what, why) = (&token.what, token.why);
                wrong.extend(
                    said.map(|(name, v)| format!("{what}: {name} says {v:?}, not {why:?}")),
                );
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// What each verifier says of each token; all are for the same installation.
    fn verdicts(&self, tokens: &[&Sample]) -> Vec<[Verdict; 3]> {
        let Some(first) = tokens.first() else { return Vec::new() };
        let own = first.installation.as_deref();
        let write = |(n, token): (usize, &&Sample)| {
            let file = self.folder.path().join(format!("{n}.jwt"));
            fs::write(&file, &token.token).unwrap();
            file
        };
        let files: Vec<PathBuf> = tokens.iter().enumerate().map(write).collect();
        let (pyjwt, openssl) = thread::scope(|scope| {
            let openssl =
                scope.spawn(|| files.iter().map(|file| self.openssl(file, own)).collect());
            (self.pyjwt(&files, own), openssl.join().unwrap())
        });
        let openssl: Vec<Verdict> = openssl;
        let ours = tokens.iter().map(|token| self.ours(&token.token, own));
        ours.zip(pyjwt)
            .zip(openssl)
            .map(|((ours, pyjwt), openssl)| [ours, pyjwt, openssl])
            .collect()
    }

    /// The script with the roots and the installation, before its files.
    fn script(&self, program: &str, name: &str, own: Option<&str>) -> Command {
        let mut command = Command::new(program);
        command.arg(format!("{}/tests/support/{name}", env!("CARGO_MANIFEST_DIR")));
        command.arg("--roots").arg(self.folder.path().join("roots.json"));
        own.map(|own| command.arg("--aud").arg(own));
        command
    }

    /// All at once: starting Python takes longer than verifying.
    fn pyjwt(&self, files: &[PathBuf], own: Option<&str>) -> Vec<Verdict> {
        let mut command = self.script(&python(), "verify_license.py", own);
        // The first file stands there twice, so that there are several.
        let output = command.arg(&files[0]).args(files).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).unwrap();
        said.lines()
            .skip(1)
            .map(|line| serde_json::from_str(line).map_err(|_| line.into()))
            .collect()
    }

    fn openssl(&self, file: &Path, own: Option<&str>) -> Verdict {
        let output = self.script("bash", "verify_license.sh", own).arg(file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        match output.status.code() {
            Some(0) => Ok(serde_json::from_slice(&output.stdout).unwrap()),
            Some(1) if !said.contains(char::is_whitespace) => Err(said),
            code => panic!("it ends with {code:?}: {said}"),
        }
    }

    fn ours(&self, token: &str, own: Option<&str>) -> Verdict {
        let verified = licentia_client::verify(token, &self.roots);
        let license = verified.map(|verified| verified.license);
        let license = license.and_then(|license| {
            own.map_or(Ok(()), |own| license.require_audience(own))?;
            Ok(license)
        });
        license.map(|license| serde_json::to_value(license).unwrap()).map_err(|error| {
            match error.code() {
                "critical" | "key" => "malformed".to_owned(),
                code => code.to_owned(),
            }
        })
    }
}
