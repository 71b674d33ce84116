//! Proxies as they are found in companies: HTTP ones that tunnel to port 443 alone, and SOCKS.

use crate::office::{Office, fetched, status};
use crate::vendor::Site;
use licentia_client::{Installation, Proxies, Usage};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

const SERVER: &str = "http://vendor.example/licentia";

/// Greeting of a proxy to its client before it passes the rest on; the target that was asked for is
/// kept. Its return value goes to the server first.
type Greet = fn(&mut BufReader<TcpStream>, &mut Vec<String>) -> io::Result<Vec<u8>>;

struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// A proxy that reaches one address, whatever it is asked for.
    fn to(target: SocketAddr, greet: Greet) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(vec![])));
        let kept = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || pass(client.unwrap(), target, greet, &kept));
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn pass(
    client: TcpStream,
    target: SocketAddr,
    greet: Greet,
    asked: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut to_client = client.try_clone()?;
    let mut reader = BufReader::new(client);
    let mut found = vec![];
    let greeted = greet(&mut reader, &mut found);
    asked.lock().unwrap().append(&mut found);
    let mut server = TcpStream::connect(target)?;
    server.write_all(&greeted?)?;
    let mut from_server = server.try_clone()?;
    let back = thread::spawn(move || io::copy(&mut from_server, &mut to_client));
    let _ = io::copy(&mut reader, &mut server);
    let _ = server.shutdown(std::net::Shutdown::Write);
    let _ = back.join();
    Ok(())
}

/// As squid does by default: a request in absolute form is passed on, a tunnel is opened to port 443
/// alone, and anything else is refused with a page.
fn http(reader: &mut BufReader<TcpStream>, asked: &mut Vec<String>) -> io::Result<Vec<u8>> {
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line)? > 2 {
        head.push_str(&line);
        line.clear();
    }
    asked.push(head.clone());
    let refuse = |reader: &mut BufReader<TcpStream>, status: &str| {
        let page = format!("HTTP/1.1 {status}\r\nContent-Length: 6\r\n\r\n<html>");
        reader.get_mut().write_all(page.as_bytes())?;
        Err(io::Error::other("refused"))
    };
    if !head.to_lowercase().contains("proxy-authorization: basic bmftztpzzwnyzxq=") {
        return refuse(reader, "407 Proxy Authentication Required");
    }
    let request = head.lines().next().unwrap();
    let parts: Vec<_> = request.split(' ').collect();
    if parts[0] == "CONNECT" && parts[1].ends_with(":443") {
        reader.get_mut().write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        return Ok(vec![]);
    }
    let Some(path) = parts[1].strip_prefix("http://vendor.example/") else {
        return refuse(reader, "403 Forbidden");
    };
    let own = |line: &&str| !line.to_lowercase().starts_with("proxy-");
    let headers: Vec<_> = head.lines().skip(1).filter(own).collect();
    Ok(format!("{} /{path} HTTP/1.1\r\n{}\r\n\r\n", parts[0], headers.join("\r\n")).into_bytes())
}

/// SOCKS 5 with a name and a password (RFC 1928, RFC 1929), SOCKS 4 and 4a.
fn socks(reader: &mut BufReader<TcpStream>, asked: &mut Vec<String>) -> io::Result<Vec<u8>> {
    let read = |reader: &mut BufReader<TcpStream>, length: usize| {
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes).map(|()| bytes)
    };
    let until_zero = |reader: &mut BufReader<TcpStream>| {
        let mut bytes = vec![];
        reader.read_until(0, &mut bytes).map(|_| String::from_utf8_lossy(&bytes).into_owned())
    };
    if read(reader, 1)? == [4] {
        let request = read(reader, 7)?;
        until_zero(reader)?;
        let name = if request[3..6] == [0, 0, 0] { until_zero(reader)? } else { String::new() };
        asked.push(format!("socks4 {}", name.trim_end_matches('\0')));
        reader.get_mut().write_all(&[0, 90, 0, 0, 0, 0, 0, 0])?;
        return Ok(vec![]);
    }
    let methods = read(reader, 1)?[0];
    assert!(read(reader, methods.into())?.contains(&2));
    reader.get_mut().write_all(&[5, 2])?;
    for part in ["name", "secret"] {
        let skipped = if part == "name" { 2 } else { 1 };
        let length = *read(reader, skipped)?.last().unwrap();
        assert_eq!(read(reader, length.into())?, part.as_bytes());
    }
    reader.get_mut().write_all(&[1, 0])?;
    let request = read(reader, 4)?;
    let name = if request[3] == 3 {
        let length = read(reader, 1)?[0];
        String::from_utf8(read(reader, length.into())?).unwrap()
    } else {
        format!("{:?}", read(reader, if request[3] == 1 { 4 } else { 16 })?)
    };
    let port = read(reader, 2)?;
    asked.push(format!("socks5 {name}:{}", u16::from_be_bytes([port[0], port[1]])));
    reader.get_mut().write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok(vec![])
}

fn through(site: &Site, proxy: &str) -> Installation {
    let proxies = Proxies { http: Some(proxy.to_owned()), ..Proxies::default() };
    site.reopened().with_proxies(proxies)
}

#[test]
fn a_request_over_plain_http_goes_to_the_proxy_in_absolute_form() {
    let office = Office::new([]);
    let proxy = Proxy::to(office.address(), http);
    let site = Site::with_server(SERVER);
    let installation = through(&site, &format!("http://name:secret@{}", proxy.address));
    office.reply(fetched(&site.signed(101), "\"101\""));
    assert_eq!(installation.update().unwrap().license.seq, 101);
    office.reply(status(204));
    installation.usage(Usage::default()).unwrap();
    let asked = proxy.asked();
    let license = "GET http://vendor.example/licentia/api/v1/license HTTP/1.1\r\n";
    assert!(asked[0].starts_with(license), "{}", asked[0]);
    assert!(asked[0].to_lowercase().contains("\r\nhost: vendor.example\r\n"), "{}", asked[0]);
    let usage = "POST http://vendor.example/licentia/api/v1/usage HTTP/1.1\r\n";
    assert!(asked[1].starts_with(usage), "{}", asked[1]);
    let calls = office.calls();
    assert_eq!(calls[1].line, "POST /licentia/api/v1/usage HTTP/1.1");
    assert!(calls.iter().all(|call| call.header("proxy-authorization").is_none()));
    assert_eq!(calls[1].statement().iss, installation.thumbprint());
}

#[test]
fn a_proxy_that_wants_a_password_says_so() {
    let office = Office::new([]);
    let proxy = Proxy::to(office.address(), http);
    let site = Site::with_server(SERVER);
    let error = through(&site, &format!("http://{}", proxy.address)).update().unwrap_err();
    assert_eq!(error.code(), "proxy-authentication-required");
    assert!(office.calls().is_empty());
}

#[test]
fn a_socks_proxy_connects_to_the_server_and_resolves_its_name_where_its_url_says_so() {
    let office = Office::new([]);
    let proxy = Proxy::to(office.address(), socks);
    let site = Site::with_server(SERVER);
    let by_address = Site::with_server("http://127.0.0.1:8080");
    let name = format!("name:secret@{}", proxy.address);
    for (site, url, asked) in [
        (&site, format!("socks5h://{name}"), "socks5 vendor.example:80"),
        (&site, format!("socks4a://{}", proxy.address), "socks4 vendor.example"),
        (&by_address, format!("socks5://{name}"), "socks5 [127, 0, 0, 1]:8080"),
        (&by_address, format!("socks4://{}", proxy.address), "socks4 "),
    ] {
        office.reply(fetched(&site.signed(101), "\"101\""));
        assert_eq!(through(site, &url).update().unwrap().license.seq, 101, "{url}");
        assert_eq!(proxy.asked().last().unwrap(), asked, "{url}");
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_an_error_of_its_own_whatever_its_url_is() {
    let nobody = "127.0.0.1:9";
    for server in ["http://127.0.0.1:8", "https://127.0.0.1:8"] {
        let site = Site::with_server(server);
        for (proxy, code) in [
            (format!("socks5://{nobody}"), "server-unreachable"),
            (format!("socks5h://{nobody}"), "server-unreachable"),
            (format!("socks4://{nobody}"), "server-unreachable"),
            (format!("socks4a://{nobody}"), "server-unreachable"),
            (format!("socks5h://name@{nobody}"), "server-unreachable"),
            (format!("http://{nobody}"), "server-unreachable"),
            (format!("https://{nobody}"), "server-unreachable"),
            (nobody.to_owned(), "server-unreachable"),
            (format!("socks6://{nobody}"), "proxy-invalid"),
            (format!("ftp://{nobody}"), "proxy-invalid"),
            ("socks5://".to_owned(), "proxy-invalid"),
            ("http://a b".to_owned(), "proxy-invalid"),
        ] {
            let (https, http) = (Some(proxy.clone()), Some(proxy.clone()));
            let proxies = Proxies { https, http, except: String::new() };
            let installation = site.reopened().with_proxies(proxies);
            assert_eq!(installation.update().unwrap_err().code(), code, "{proxy} to {server}");
        }
    }
}

#[test]
fn the_command_answers_in_json_through_a_socks_proxy_too() {
    let office = Office::new([]);
    let proxy = Proxy::to(office.address(), socks);
    let site = Site::with_server(SERVER);
    for name in ["ALL_PROXY", "HTTP_PROXY", "http_proxy"] {
        office.reply(fetched(&site.signed(101), "\"101\""));
        let output = Command::new(env!("CARGO_BIN_EXE_licentia-client"))
            .env_clear()
            .env("LICENTIA_CLIENT_DIR", site.directory.path())
            .env(name, format!("socks5h://name:secret@{}", proxy.address))
            .args(["update", "--json"])
            .output()
            .unwrap();
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said["license"]["seq"], 101, "{name}: {output:?}");
    }
}
