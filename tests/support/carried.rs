//! What a person carries between an installation without a network and the office.

use super::{Api, Reply};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use serde_json::Value;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// An installation, by its command line alone, in a network namespace without any route.
pub struct Cut {
    /// Its state directory, and beside it the files that are carried.
    pub folder: PathBuf,
}

impl Cut {
    /// A new one in this folder.
    pub fn new(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let cut = Self { folder: folder.to_owned() };
        let mut routes = alone("cat");
        routes.args(["/proc/net/route", "/proc/net/ipv6_route"]);
        let routes = String::from_utf8(routes.output().unwrap().stdout).unwrap();
        let beyond_itself = routes.lines().skip(1).filter(|line| !line.trim_end().ends_with("lo"));
        assert_eq!(beyond_itself.count(), 0, "the namespace has routes:\n{routes}");
        cut
    }

    /// A file that is carried.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs a command, whatever comes of it.
    pub fn try_run(&self, arguments: &[&str]) -> Output {
        let mut command = alone(client().to_str().unwrap());
        command.env_clear().stdin(Stdio::null());
        command.env("LICENTIA_CLIENT_DIR", self.folder.join("state"));
        command.arg("--json").args(arguments).output().unwrap()
    }

    /// Runs a command that must succeed; its JSON.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Value {
        let output = self.try_run(arguments);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{arguments:?}: {said}");
        serde_json::from_str(&said).unwrap()
    }

    /// Runs a command that must be refused; the code.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.try_run(arguments);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        said["error"]["code"].as_str().unwrap().to_owned()
    }

    /// Writes a request to a file; its text.
    #[track_caller]
    pub fn request(&self, asked: &[&str]) -> String {
        let file = self.file("request.txt");
        let out = ["--out", file.to_str().unwrap()];
        self.run(&[&["request"], asked, &out].concat());
        std::fs::read_to_string(file).unwrap()
    }

    /// Takes an answer in; what the command says.
    #[track_caller]
    pub fn accept(&self, answer: &str) -> Value {
        let file = self.file("answer.txt");
        std::fs::write(&file, answer).unwrap();
        self.run(&["accept", file.to_str().unwrap()])
    }
}

/// A command in a network namespace of its own, which has no route: not even to this machine.
fn alone(program: &str) -> Command {
    static HOW: OnceLock<&[&str]> = OnceLock::new();
    let how = HOW.get_or_init(|| {
        let ways: [&[&str]; 2] = [&["--net"], &["--map-root-user", "--net"]];
        let works = |way: &&[&str]| {
            let tried = Command::new("unshare").args(*way).arg("true").output();
            tried.is_ok_and(|output| output.status.success())
        };
        ways.into_iter().find(works).expect(
            "this test cuts a process off from the network by `unshare --net` (util-linux), which \
             needs root or user namespaces; this machine allows neither",
        )
    });
    let mut command = Command::new("unshare");
    command.args(*how).arg(program);
    command
}

/// The customers' program, beside the server's.
fn client() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_licentia")).with_file_name("licentia-client");
    assert!(path.exists(), "build it first: cargo build --workspace --bins");
    path
}

/// A statement as a photograph of its QR code: PNG.
pub fn photographed(statement: &str) -> Vec<u8> {
    use qrcode::{Color, EcLevel, QrCode};
    const MODULE: u32 = 5;
    let code = QrCode::with_error_correction_level(statement, EcLevel::L).unwrap();
    let (width, colors) = (u32::try_from(code.width()).unwrap(), code.to_colors());
    let side = (width + 8) * MODULE;
    let picture = image::GrayImage::from_fn(side, side, |x, y| {
        let inside = |at: u32| (at / MODULE).checked_sub(4).filter(|at| *at < width);
        let dark = inside(x)
            .zip(inside(y))
            .is_some_and(|(x, y)| colors[usize::try_from(y * width + x).unwrap()] == Color::Dark);
        image::Luma([if dark { 0 } else { 255 }])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A page tiled with so many finder patterns of QR codes each way: a PNG of few bytes.
pub fn tiled_with_finder_patterns(each_way: u32) -> Vec<u8> {
    let picture = image::GrayImage::from_fn(each_way * 9, each_way * 9, |x, y| {
        let ring = |at: u32| (at % 9).checked_sub(1).filter(|at| *at < 7).map(|at| at.abs_diff(3));
        let dark = ring(x).zip(ring(y)).is_some_and(|(x, y)| x.max(y) != 2);
        image::Luma([if dark { 0 } else { 255 }])
    });
    let mut bytes = Cursor::new(Vec::new());
    let encoder =
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::NoFilter);
    picture.write_with_encoder(encoder).unwrap();
    bytes.into_inner()
}

impl Api {
    /// Hands a request in on the page `/offline`, pasted.
    pub fn hand_in(&self, request: &str, headers: &[(&str, &str)]) -> Reply {
        self.hand_in_form(&[("request", None, request.as_bytes())], headers)
    }

    /// Hands a file in on the page `/offline`.
    pub fn hand_in_file(&self, bytes: &[u8]) -> Reply {
        self.hand_in_form(&[("request", None, b""), ("file", Some("a file"), bytes)], &[])
    }

    /// Hands a file in as a client behind a proxy with this address.
    pub fn hand_in_file_from(&self, address: &str, bytes: &[u8]) -> Reply {
        let fields: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("a file"), bytes)];
        self.hand_in_form(&fields, &[("x-forwarded-for", address)])
    }

    /// Sends the form of the page `/offline` as a browser does: name, file name and content of
    /// each field.
    pub fn hand_in_form(
        &self,
        fields: &[(&str, Option<&str>, &[u8])],
        headers: &[(&str, &str)],
    ) -> Reply {
        const BOUNDARY: &str = "----a-boundary-of-the-tests";
        let mut body = Vec::new();
        for (name, file, content) in fields {
            let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let form = format!("multipart/form-data; boundary={BOUNDARY}");
        let mut all = vec![("content-type", form.as_str()), ("accept-language", "en")];
        all.extend(headers);
        self.page_of_bytes("POST", "/offline", &all, &body)
    }
}

impl Reply {
    /// The license in the answer of the page `/offline`.
    #[track_caller]
    pub fn carried_license(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.text);
        let shown = self.text.split("<textarea id=\"answer\"").nth(1).unwrap();
        licentia_license::unarmour(shown.split("</textarea>").next().unwrap()).unwrap()
    }
}
