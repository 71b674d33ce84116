use crate::support::{Database, ProcessOffice, command};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// A certificate for 127.0.0.1 that signs itself, and its key.
fn make_certificate(folder: &Path, name: &str) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let key = folder.join(format!("{name}.key"));
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
}

/// A server that speaks TLS.
struct Server(Child, String);

impl Server {
    fn start(settings: &[(&'static str, String)]) -> Self {
        let mut child = command("serve", settings).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (_, rest) = line.split_once("listens on https://").expect("it says https");
        let (address, ops) = rest.trim().split_once(", for operations on http://").unwrap();
        let server = Self(child, ops.to_owned());
        server.with_address(address)
    }

    fn with_address(mut self, address: &str) -> Self {
        self.1 = format!("{address} {}", self.1);
        self
    }

    fn url(&self) -> String {
        format!("https://{}", self.1.split(' ').next().unwrap())
    }

    fn ready(&self) -> Value {
        let url = format!("http://{}/readyz", self.1.split(' ').nth(1).unwrap());
        let text = ureq::get(&url).call().unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// The status of a call by a client that believes this certificate alone.
    fn status(&self, certificate: &Path) -> Result<u16, ureq::Error> {
        let pem = fs::read(certificate).unwrap();
        let root = Certificate::from_pem(&pem).unwrap();
        let tls = TlsConfig::builder().root_certs(RootCerts::from(vec![root])).build();
        let agent = ureq::Agent::config_builder().tls_config(tls).build().new_agent();
        Ok(agent.get(format!("{}/api/v1/keys", self.url())).call()?.status().as_u16())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_server_speaks_tls_and_takes_a_new_certificate_without_a_restart() {
    let mut office = ProcessOffice::start(Database::Sqlite);
    let customer = office.customer();
    office.server.end();
    let folder = office.folder.path().to_owned();
    for name in ["first", "second"] {
        make_certificate(&folder, name);
    }
    let (in_use, key) = (folder.join("in-use.pem"), folder.join("in-use.key"));
    let install = |name: &str| {
        fs::copy(folder.join(format!("{name}.key")), &key).unwrap();
        fs::copy(folder.join(format!("{name}.pem")), &in_use).unwrap();
    };
    install("first");
    let mut settings = office.settings.clone();
    settings.push(("tls_cert", in_use.display().to_string()));
    settings.push(("tls_key", key.display().to_string()));
    let server = Server::start(&settings);
    let (first, second) = (folder.join("first.pem"), folder.join("second.pem"));
    assert_eq!(server.status(&first).unwrap(), 200);
    assert!(server.status(&second).is_err());
    assert!(server.ready().get("network").is_none());

    // A broken file changes nothing, and is told of.
    fs::write(&in_use, "no certificate").unwrap();
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(server.status(&first).unwrap(), 200);
    assert!(server.ready()["network"].to_string().contains("certificate"), "{}", server.ready());

    install("second");
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(server.status(&second).unwrap(), 200);
    assert!(server.status(&first).is_err());
    assert!(server.ready().get("network").is_none());

    // The real client.
    let roots = folder.join("roots.json");
    fs::write(&roots, office.run("keys export")).unwrap();
    let client = Path::new(env!("CARGO_BIN_EXE_licentia")).with_file_name("licentia-client");
    let activated = Command::new(client)
        .env_clear()
        .env("LICENTIA_CLIENT_DIR", folder.join("client"))
        .args(["activate", "--server", &server.url(), "--roots", roots.to_str().unwrap()])
        .args(["--ca-file", second.to_str().unwrap(), "--activation-key", &customer.activation_key])
        .args(["--name", "pbx-1"])
        .output()
        .unwrap();
    assert!(activated.status.success(), "{}", String::from_utf8_lossy(&activated.stderr));
}

#[test]
fn a_tls_key_that_others_may_read_and_half_of_the_settings_are_refused() {
    let mut office = ProcessOffice::start(Database::Sqlite);
    office.server.end();
    let folder = office.folder.path().to_owned();
    make_certificate(&folder, "a");
    let (certificate, key) = (folder.join("a.pem"), folder.join("a.key"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o604)).unwrap();
    office.settings.push(("tls_cert", certificate.display().to_string()));
    assert!(office.refused("serve").contains("tls_key"));
    office.settings.push(("tls_key", key.display().to_string()));
    let said = office.refused("serve");
    assert!(said.contains("a.key") && said.contains("chmod"), "{said}");
}
