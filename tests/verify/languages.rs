//! The verifiers of `docs/verify/`, each run as a product's developer would run it.

use super::vectors::Vector;
use crate::support::python;
use licentia_client::Roots;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Deserializer, Value};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{fs, thread};
use tempfile::TempDir;

/// The claims and the emergency accounts of now, or one word why not.
pub type Verdict = Result<(Value, i64), String>;

/// A verifier, ready to run.
pub struct Language {
    pub name: &'static str,
    /// Its command, up to the arguments of the verifier.
    alone: Vec<String>,
    /// The command that runs it for many licenses at once, where it is slow to start.
    together: Option<Vec<String>>,
}

/// How a run has ended.
#[derive(Deserialize)]
struct End {
    code: i32,
    stdout: String,
    stderr: String,
}

const GSON: &str = "/usr/share/java/gson.jar";
/// So many share out what runs alone.
const THREADS: usize = 3;

/// All of them; what has to be compiled is compiled once.
pub fn languages() -> &'static [Language] {
    static LANGUAGES: OnceLock<Vec<Language>> = OnceLock::new();
    LANGUAGES.get_or_init(compiled)
}

fn compiled() -> Vec<Language> {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verify");
    fs::create_dir_all(&built).unwrap();
    let built = |name: &str| built.join(name).to_str().unwrap().to_owned();
    let (c, go, java) = (built("verify-c"), built("verify-go"), built("java"));
    let flags = ["-Wall", "-Wextra", "-Werror", "-o", &c];
    run("cc", &[&flags[..], &[&verifier("verify.c"), "-lcrypto", "-ljansson"]].concat());
    run("go", &["build", "-o", &go, &verifier("verify.go")]);
    run("javac", &["-cp", GSON, "-d", &java, &verifier("Verify.java"), &each("Each.java")]);
    let classes = format!("{GSON}:{java}");
    let python = python();
    let (py, mjs) = (&verifier("verify.py"), &verifier("verify.mjs"));
    assert!(Path::new(mjs).with_file_name("node_modules").exists(), "npm ci --prefix docs/verify");
    let language = |name, alone: &[&str], together: &[&str]| {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let together = Some(together).filter(|words| !words.is_empty()).map(words);
        Language { name, alone: words(alone), together }
    };
    vec![
        language("Python", &[&python, py], &[&python, &each("each.py"), py]),
        language("Node", &["node", mjs], &["node", &each("each.mjs"), mjs]),
        language(
            "Java",
            &["java", "-cp", GSON, &verifier("Verify.java")],
            &["java", "-cp", &classes, "Each"],
        ),
        language("Go", &[&go], &[]),
        language("PHP", &["php", &verifier("verify.php")], &[]),
        language("C", &[&c], &[]),
        language("shell", &["bash", &verifier("verify.sh")], &[]),
    ]
}

fn verifier(name: &str) -> String {
    format!("{}/docs/verify/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn each(name: &str) -> String {
    format!("{}/tests/verify/each/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn run(program: &str, arguments: &[&str]) {
    let end = end_of(Command::new(program).args(arguments));
    assert_eq!(end.code, 0, "{program}: {}{}", end.stdout, end.stderr);
}

fn end_of(command: &mut Command) -> End {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    End {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Vectors in files.
struct Files<'a> {
    folder: TempDir,
    vectors: &'a [Vector],
}

impl<'a> Files<'a> {
    fn new(roots: &Roots, vectors: &'a [Vector]) -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap(), vectors };
        fs::write(files.roots(), serde_json::to_string(roots).unwrap()).unwrap();
        for (n, vector) in vectors.iter().enumerate() {
            fs::write(&files.arguments(n)[0], &vector.license).unwrap();
        }
        files
    }

    fn roots(&self) -> PathBuf {
        self.folder.path().join("roots.json")
    }

    /// What a verifier is told after the roots: license, thumbprint, now.
    fn arguments(&self, n: usize) -> [OsString; 3] {
        let Vector { thumbprint, now, .. } = &self.vectors[n];
        let license = self.folder.path().join(format!("{n}.jwt"));
        [license.into(), thumbprint.into(), now.to_string().into()]
    }
}

impl Language {
    /// A vector's verdict from a process of its own.
    fn alone(&self, files: &Files, n: usize) -> Verdict {
        let mut command = Command::new(&self.alone[0]);
        command.args(&self.alone[1..]).arg(files.roots()).args(files.arguments(n));
        self.verdict(&end_of(&mut command), &files.vectors[n])
    }

    fn all_together(&self, command: &[String], files: &Files) -> Vec<Verdict> {
        let mut process = Command::new(&command[0]);
        process.args(&command[1..]).arg(files.roots());
        let vectors = files.vectors;
        let end = end_of(process.args((0..vectors.len()).flat_map(|n| files.arguments(n))));
        assert_eq!(end.code, 0, "{}: {}", self.name, end.stderr);
        let ends: Vec<End> = stream(&end.stdout);
        assert_eq!(ends.len(), vectors.len(), "{}: {}", self.name, end.stderr);
        ends.iter().zip(vectors).map(|(end, vector)| self.verdict(end, vector)).collect()
    }

    fn each_alone(&self, files: &Files) -> Vec<Verdict> {
        let all: Vec<usize> = (0..files.vectors.len()).collect();
        thread::scope(|scope| {
            let shares = all.chunks(all.len().div_ceil(THREADS).max(1));
            let share = |share: &'_ [usize]| share.iter().map(|&n| self.alone(files, n)).collect();
            let threads: Vec<_> =
                shares.map(|numbers| scope.spawn(move || -> Vec<_> { share(numbers) })).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        })
    }

    fn verdict(&self, end: &End, vector: &Vector) -> Verdict {
        let why = end.stderr.trim();
        match end.code {
            0 => {
                let [claims, now]: [Value; 2] = stream(&end.stdout).try_into().unwrap();
                Ok((claims, now["emergency_accounts"].as_i64().unwrap()))
            }
            1 if end.stdout.is_empty() && !why.is_empty() => Err(why.to_owned()),
            code => panic!("{} ends with {code} on {}: {why}", self.name, vector.name),
        }
    }
}

fn stream<T: DeserializeOwned>(json: &str) -> Vec<T> {
    Deserializer::from_str(json).into_iter().map(Result::unwrap).collect()
}

/// What each language says of each vector: for each language, a list like the vectors.
pub fn verdicts(roots: &Roots, vectors: &[Vector]) -> Vec<Vec<Verdict>> {
    let files = &Files::new(roots, vectors);
    let of = |language: &'static Language| match &language.together {
        Some(command) => language.all_together(command, files),
        None => language.each_alone(files),
    };
    thread::scope(|scope| {
        let all = languages().iter().map(|language| scope.spawn(move || of(language)));
        all.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// As [`verdicts`], each in a process of its own, started as `docs/verify.md` says.
pub fn verdicts_alone(roots: &Roots, vectors: &[Vector]) -> Vec<Vec<Verdict>> {
    let files = Files::new(roots, vectors);
    let of = |language: &Language| (0..vectors.len()).map(|n| language.alone(&files, n)).collect();
    languages().iter().map(of).collect()
}
