//! Whether the API's own listener answers: `/readyz` calls it as a client would.

use crate::chance::Chance;
use crate::failpoint;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use data_encoding::HEXLOWER;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Calls the API, by a path that nobody else knows: it is answered before anything is counted or
/// logged.
pub struct ApiProbe {
    address: SocketAddr,
    path: String,
    is_tls: bool,
}

impl ApiProbe {
    /// For an API that listens here.
    pub fn new(mut address: SocketAddr, is_tls: bool, chance: &Chance) -> Self {
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        let path = format!("/probe-{}", HEXLOWER.encode(&chance.bytes::<16>()));
        Self { address, path, is_tls }
    }

    /// Waits for an answer.
    ///
    /// Where the API speaks TLS, it is one to bytes that are no TLS: an alert, or the end of the
    /// connection. Both show that it accepts connections and reads what they say.
    ///
    /// # Errors
    /// The fault that kept the answer away.
    pub async fn ask(&self) -> io::Result<()> {
        let mut connection = TcpStream::connect(self.address).await?;
        let Self { address, path, .. } = self;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await?;
        let mut first = [0; 12];
        let read = connection.read_exact(&mut first).await;
        if self.is_tls {
            return Ok(());
        }
        read?;
        if &first == b"HTTP/1.1 204" { Ok(()) } else { Err(io::Error::other("another answers")) }
    }
}

/// Answers the probe of this server.
///
/// # Errors
/// Errors of the call itself.
pub async fn answer_probe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let probe = request.app_data::<Data<ApiProbe>>();
    if probe.is_some_and(|probe| probe.path == request.path()) {
        failpoint::reached("api-answer");
        let answer = request.into_response(HttpResponse::NoContent().finish());
        return Ok(answer.map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Answers HEAD as GET: the server itself leaves the body out.
///
/// # Errors
/// Errors of the call itself.
pub async fn answer_head(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}
