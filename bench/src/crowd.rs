//! Many installations that ask by themselves: each over a connection of its own, at a moment of its
//! own, whether the others have been answered or not.

use crate::Outcome;
use crate::machine::median;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// How it went with all of a crowd.
pub struct Answers {
    /// How long each waited that was answered as expected, from its moment to its whole answer, the
    /// connecting included; the shortest first.
    pub waits: Vec<Duration>,
    /// The others, in words: another status, or what went wrong with the connection.
    pub errors: Vec<String>,
    /// From the first moment to the last answer.
    pub took: Duration,
}

/// Sends each request at its moment, counted from the start, to a server, and waits for all the
/// answers. A request says `Connection: close`.
pub fn ask(
    address: &str,
    status: u16,
    requests: impl IntoIterator<Item = (Duration, String)>,
) -> Outcome<Answers> {
    let address: SocketAddr = address.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let requests: Vec<_> = requests.into_iter().collect();
        let began = Instant::now();
        let mut asking = JoinSet::new();
        for (moment, request) in requests {
            asking.spawn(async move {
                let moment = began + moment;
                tokio::time::sleep_until(moment.into()).await;
                let answered = tokio::time::timeout(PATIENCE, call(address, &request)).await;
                let found = match answered {
                    Ok(Ok(found)) if found == status => return Ok(moment.elapsed()),
                    Ok(Ok(other)) => format!("status {other}"),
                    Ok(Err(error)) => error.to_string(),
                    Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
                };
                Err(found)
            });
        }
        let (mut waits, mut errors) = (Vec::new(), Vec::new());
        while let Some(answer) = asking.join_next().await {
            match answer? {
                Ok(wait) => waits.push(wait),
                Err(error) => errors.push(error),
            }
        }
        waits.sort_unstable();
        Ok(Answers { waits, errors, took: began.elapsed() })
    })
}

async fn call(address: SocketAddr, request: &str) -> io::Result<u16> {
    let mut connection = TcpStream::connect(address).await?;
    connection.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await?;
    status_of(&answer).ok_or_else(|| io::Error::other("cut off"))
}

/// The status of a whole answer; none where it is not whole.
fn status_of(answer: &[u8]) -> Option<u16> {
    let text = str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    let whole = length.is_none_or(|length| length == Ok(body.len()));
    head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok().filter(|_| whole)
}

impl Answers {
    /// The middle wait.
    pub fn p50(&self) -> Duration {
        if self.waits.is_empty() { Duration::ZERO } else { median(&mut self.waits.clone()) }
    }

    /// What 99 of a hundred waited at most.
    pub fn p99(&self) -> Duration {
        let at = (self.waits.len() * 99).div_ceil(100).saturating_sub(1);
        self.waits.get(at).copied().unwrap_or_default()
    }

    /// The longest wait.
    pub fn longest(&self) -> Duration {
        self.waits.last().copied().unwrap_or_default()
    }

    /// What went wrong, the same counted together: `2 status 503, 1 cut off`.
    pub fn errors_in_words(&self) -> String {
        let mut kinds = std::collections::BTreeMap::<&str, usize>::new();
        for error in &self.errors {
            *kinds.entry(error).or_default() += 1;
        }
        let words: Vec<_> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        if words.is_empty() { "no errors".into() } else { words.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_answer_has_a_status() {
        assert_eq!(status_of(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"), Some(200));
        assert_eq!(status_of(b"HTTP/1.1 304 Not Modified\r\nDate: x\r\n\r\n"), Some(304));
        assert_eq!(status_of(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok"), None);
        assert_eq!(status_of(b"HTTP/1.1 200 OK\r\n"), None);
        assert_eq!(status_of(b""), None);
    }

    #[test]
    fn the_waits_are_summed_up() {
        let waits = (1..=200).map(Duration::from_millis).collect();
        let errors = vec!["cut off".into(), "status 503".into(), "status 503".into()];
        let answers = Answers { waits, errors, took: Duration::ZERO };
        assert_eq!(answers.p50(), Duration::from_millis(101));
        assert_eq!(answers.p99(), Duration::from_millis(198));
        assert_eq!(answers.longest(), Duration::from_millis(200));
        assert_eq!(answers.errors_in_words(), "1 cut off, 2 status 503");
        let none = Answers { waits: vec![], errors: vec![], took: Duration::ZERO };
        assert_eq!((none.p50(), none.p99(), none.longest()), Default::default());
    }
}
