//! Mail: what is owed stands in the outbox; the [`Worker`] renders it when it sends it.

mod compose;
mod flights;
mod hello;
mod letter;
mod load;
mod mail_url;
mod message;
mod render;
mod smtp;
mod status;
mod subject;
mod transport;
mod trial;
mod worker;

pub use compose::{compose, compose_notice};
pub use hello::{hello_name, is_hello_name};
pub use letter::{Letter, Sender, StatedKey};
pub use load::ActivationKeys;
pub use mail_url::{MailUrl, MailUrlError};
pub use render::{RenderError, Rendered, render};
pub use status::{Status, Trouble};
pub use transport::Transport;
pub use trial::{Trial, Tried};
pub use worker::{Counters, Desk, Post, Worker};
