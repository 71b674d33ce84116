//! What must be there before anything is measured: Debian's programs, and the server's binary.

use crate::Outcome;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program, and Debian's package that has it.
const PROGRAMS: [(&str, &str); 3] =
    [("wrk", "wrk"), ("psql", "postgresql"), ("pgbench", "postgresql")];

/// Installs what is missing, as root by apt-get.
pub fn install() -> Outcome<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("installing: {}", missing.join(" "));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
        command.status()
    };
    // Old lists may still do.
    let _ = apt(&["update", "--quiet"]);
    let mut arguments = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    arguments.extend(&missing);
    let installed = apt(&arguments).is_ok_and(|status| status.success());
    if installed && self::missing().is_empty() {
        Ok(())
    } else {
        Err(format!("missing: on Debian, apt-get install {}", missing.join(" ")).into())
    }
}

fn missing() -> Vec<&'static str> {
    let there = |program: &str| {
        let tried = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    let mut packages: Vec<_> = PROGRAMS
        .iter()
        .filter(|(program, _)| !there(program))
        .map(|(_, package)| *package)
        .collect();
    packages.dedup();
    packages
}

/// The files that 10,000 connections take, here and in the server, which keeps two for each.
const FILES: u64 = 65_536;

/// Lets this and the servers it starts open as many files as that, or as the machine allows.
pub fn open_files() -> Outcome<()> {
    let most = getrlimit(Resource::Nofile).maximum.map(|most| most.max(FILES));
    let raised = Rlimit { current: most, maximum: most };
    if setrlimit(Resource::Nofile, raised).is_ok() {
        return Ok(());
    }
    let most = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most })?)
}

/// The server's binary beside this one. The release binary is built first, so that it is that of
/// these sources; a debug binary is the one that the tests have built.
pub fn server(small: bool) -> Outcome<PathBuf> {
    let own = std::env::current_exe()?;
    if !cfg!(debug_assertions) {
        build(&own)?;
    } else if !small {
        return Err("a debug build is measured with --small only".into());
    }
    let binary = own.with_file_name("licentia");
    if binary.exists() {
        Ok(binary)
    } else {
        Err(format!("{} is not built: cargo build -p licentia", binary.display()).into())
    }
}

fn build(own: &Path) -> Outcome<()> {
    let target = own.parent().and_then(Path::parent).ok_or("no target folder")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // What `cargo run` tells of this package; ring's build script would take it for a change.
    let of_this_package = ["CARGO_PKG_", "CARGO_MANIFEST_"];
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if of_this_package.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(&*name);
        }
    }
    let status = command
        .args(["build", "--release", "--quiet", "-p", "licentia", "--bin", "licentia"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .arg("--target-dir")
        .arg(target)
        .status()?;
    if status.success() { Ok(()) } else { Err("the server cannot be built".into()) }
}
