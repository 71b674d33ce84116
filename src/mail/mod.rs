//! Mail: what is owed stands in the outbox; the [`Worker`] renders it when it sends it.

mod compose;
mod letter;
mod load;
mod render;
mod subject;
mod transport;
mod trial;
mod worker;

pub use compose::{compose, compose_notice};
pub use letter::{Letter, Sender, StatedKey};
pub use load::ActivationKeys;
pub use render::{RenderError, Rendered, render};
pub use transport::{MailUrl, MailUrlError, Transport};
pub use trial::{Trial, Tried};
pub use worker::{Counters, Post, Unnoted, Worker};
