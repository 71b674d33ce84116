//! The way to the office: TLS with a private authority, and proxies.

use crate::office::{Office, fetched, status, with_header, with_license};
use crate::vendor::{Site, emergency, hours, license, noon};
use licentia_client::{Installation, Notice, Proxies, Usage};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

const HOST: &str = "office.example";

/// A private authority; the certificates that it signs are for the office's name and address.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    fn office(&self) -> Office {
        let key = KeyPair::generate().unwrap();
        let names = [HOST.to_owned(), "127.0.0.1".to_owned()];
        let params = CertificateParams::new(names).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Office::over_tls(config)
    }
}

/// An activated installation that believes the authority.
fn believing(authority: &Authority, office: &Office) -> Site {
    let site = Site::activated(office);
    site.installation.set_authority(Some(&authority.pem())).unwrap();
    site
}

/// A proxy that connects whoever asks to one address, and keeps what it was asked.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(vec![])));
        let kept = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || connect(&client.unwrap(), target, &kept).unwrap());
            }
        });
        Self { address, asked }
    }

    fn url(&self) -> String {
        format!("http://name:secret@{}", self.address)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn connect(client: &TcpStream, target: SocketAddr, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line)? > 2 {
        head.push_str(&line);
        line.clear();
    }
    asked.lock().unwrap().push(head);
    (&mut &*client).write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let office = TcpStream::connect(target)?;
    let (from_office, to_client) = (office.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || io::copy(&mut &from_office, &mut &to_client));
    let _ = io::copy(&mut reader, &mut &office);
    let _ = office.shutdown(std::net::Shutdown::Write);
    let _ = back.join();
    Ok(())
}

#[test]
fn a_server_with_a_certificate_of_a_private_authority_is_believed_by_that_alone() {
    let (authority, other) = (Authority::new(), Authority::new());
    let office = authority.office();
    let site = Site::activated(&office);
    let code = |installation: &Installation| installation.update().unwrap_err().code().to_owned();
    assert_eq!(code(&site.installation), "server-unreachable", "a public authority is needed");
    site.installation.set_authority(Some(&other.pem())).unwrap();
    assert_eq!(code(&site.installation), "server-unreachable", "another authority");
    assert!(office.calls().is_empty(), "no statement goes to who is not believed");
    site.installation.set_authority(Some(&authority.pem())).unwrap();
    office.reply(fetched(&site.signed(101), "\"101\""));
    // Also by the next process.
    assert_eq!(site.reopened().update().unwrap().license.seq, 101);
    site.installation.set_authority(None).unwrap();
    assert_eq!(code(&site.installation), "server-unreachable");
}

#[test]
fn a_file_without_a_certificate_is_no_authority() {
    let site = Site::new();
    let key = KeyPair::generate().unwrap().serialize_pem();
    let torn = "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n";
    for pem in ["", "text", &key, torn] {
        let error = site.installation.set_authority(Some(pem)).unwrap_err();
        assert_eq!(error.code(), "authority-invalid", "{pem}");
    }
}

#[test]
fn the_offices_clock_is_believed_over_tls_and_heals_with_its_next_answer() {
    let authority = Authority::new();
    let office = authority.office();
    let site = believing(&authority, &office);
    let mut with = license(&site.installation, 101);
    with.emergency = Some(emergency());
    site.installation.take_in(&site.vendor.sign(&with)).unwrap();
    let judged = || site.installation.show().unwrap();
    office.reply(with_header(status(304), "Date", "Fri, 16 May 2014 12:00:00 GMT"));
    site.installation.update().unwrap();
    let reached = noon() + hours(72);
    assert_eq!(judged().judged_at, reached);
    assert_eq!(judged().notices, [Notice::ClockSetBack { clock: noon(), reached }]);
    assert_eq!(judged().panel.emergency_accounts.licensed, 10);
    office.reply(with_header(status(304), "Date", "Tue, 13 May 2014 13:00:00 GMT"));
    site.installation.update().unwrap();
    assert_eq!((judged().judged_at, judged().notices), (noon() + hours(1), vec![]));
    office.reply(with_header(status(304), "Date", "Fri, 13 Jun 2014 10:00:00 GMT"));
    site.installation.update().unwrap();
    assert_eq!(judged().panel.emergency_accounts.licensed, 0, "it has ended, says the office");
}

#[test]
fn a_clock_that_once_ran_far_ahead_is_forgiven_when_the_office_shows_the_time() {
    let authority = Authority::new();
    let office = authority.office();
    let site = believing(&authority, &office);
    let support_days = || site.installation.check(Usage::default()).unwrap().support_days_left;
    site.set_clock("2099-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(support_days(), Some(0));
    site.set_clock(noon());
    assert_eq!(support_days(), Some(0));
    office.reply(with_header(status(304), "Date", "Tue, 13 May 2014 12:00:00 GMT"));
    site.installation.update().unwrap();
    assert_eq!(support_days(), Some(172));
    assert_eq!(site.installation.show().unwrap().notices, []);
}

#[test]
fn no_date_brings_an_ended_emergency_license_back_nor_a_time_before_the_license() {
    let authority = Authority::new();
    let office = authority.office();
    let site = believing(&authority, &office);
    let mut with = license(&site.installation, 101);
    with.emergency = Some(emergency());
    site.installation.take_in(&site.vendor.sign(&with)).unwrap();
    let licensed = || site.installation.show().unwrap().panel.emergency_accounts.licensed;
    let early = || with_header(status(304), "Date", "Wed, 01 Jan 2014 00:00:00 GMT");
    office.reply(early());
    site.installation.update().unwrap();
    site.set_clock("2014-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(site.installation.show().unwrap().judged_at, with.iat);
    assert_eq!(licensed(), 10);
    site.set_clock(emergency().until);
    assert_eq!(licensed(), 0);
    office.reply(early());
    site.installation.update().unwrap();
    site.set_clock(noon());
    assert_eq!(licensed(), 0);
}

#[test]
fn a_clock_far_behind_takes_a_license_that_the_office_says_to_be_new() {
    let authority = Authority::new();
    let office = authority.office();
    let site = believing(&authority, &office);
    let mut new = license(&site.installation, 101);
    new.iat = noon() + hours(24 * 365);
    let date = "Wed, 13 May 2015 12:00:00 GMT";
    office.reply(with_header(fetched(&site.vendor.sign(&new), "\"101\""), "Date", date));
    assert_eq!(site.installation.update().unwrap().license.seq, 101);
    new.seq = 102;
    new.iat = noon() + hours(24 * 367);
    office.reply(with_header(fetched(&site.vendor.sign(&new), "\"102\""), "Date", date));
    assert_eq!(site.installation.update().unwrap_err().code(), "issued-ahead");
}

#[test]
fn calls_go_through_the_proxy_which_connects_to_the_name_and_sees_no_statement() {
    let authority = Authority::new();
    let office = authority.office();
    let proxy = Proxy::to(office.address());
    let site = Site::with_server(&format!("https://{HOST}"));
    site.installation.set_authority(Some(&authority.pem())).unwrap();
    let https = Some(proxy.url());
    let through = |except: &str| {
        let proxies = Proxies { https: https.clone(), http: None, except: except.to_owned() };
        site.reopened().with_proxies(proxies)
    };
    office.reply(fetched(&site.signed(101), "\"101\""));
    assert_eq!(through("").update().unwrap().license.seq, 101);
    let asked = proxy.asked();
    assert!(asked[0].starts_with("CONNECT office.example:443 HTTP/1.1\r\n"), "{}", asked[0]);
    let credentials = "authorization: Basic bmFtZTpzZWNyZXQ=\r\n";
    assert!(asked[0].to_lowercase().contains(&credentials.to_lowercase()), "{}", asked[0]);
    assert_eq!(office.calls().len(), 1);

    let direct = through("example").with_timeout(std::time::Duration::from_millis(500));
    assert_eq!(direct.update().unwrap_err().code(), "server-unreachable");
    assert_eq!(proxy.asked().len(), 1, "a host that is excepted is not asked of the proxy");
}

fn command(site: &Site, environment: &[(&str, &str)], args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_licentia-client"));
    command.env_clear().env("LICENTIA_CLIENT_DIR", site.directory.path());
    command.envs(environment.iter().copied()).args(args).output().unwrap()
}

#[test]
fn the_command_takes_the_proxy_from_the_environment_and_the_authority_from_a_file() {
    let authority = Authority::new();
    let office = authority.office();
    let proxy = Proxy::to(office.address());
    let site = Site::new();
    let file = |name: &str, text: String| {
        let path = site.directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let ca = file("ca.pem", authority.pem());
    let roots = file("vendor.json", serde_json::to_string(&site.vendor.roots()).unwrap());
    let server = format!("https://{HOST}");
    let activate = [
        "activate",
        "--server",
        &server,
        "--roots",
        &roots,
        "--activation-key",
        "A",
        "--ca-file",
        &ca,
    ];
    office.reply(with_license(201, &site.signed(100)));
    let output = command(&site, &[("HTTPS_PROXY", &proxy.url())], &activate);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));

    // The authority is remembered.
    for name in ["https_proxy", "ALL_PROXY"] {
        office.reply(status(304));
        let output = command(&site, &[(name, &proxy.url())], &["update"]);
        assert_eq!(output.status.code(), Some(0), "{name}");
    }
    assert_eq!((office.calls().len(), proxy.asked().len()), (3, 3));
    let excepted = [("HTTPS_PROXY", proxy.url()), ("NO_PROXY", ".example".into())];
    let excepted = excepted.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(command(&site, &excepted, &["update"]).status.code(), Some(6));
    assert_eq!(proxy.asked().len(), 3);
}
