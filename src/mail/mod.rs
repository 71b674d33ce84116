//! Mail: what is owed stands in the outbox; the [`Worker`] renders it when it sends it.

mod letter;
mod load;
mod render;
mod subject;
mod transport;
mod worker;

pub use letter::{Letter, Sender};
pub use load::ActivationKeys;
pub use render::{RenderError, Rendered, render};
pub use transport::{MailUrl, MailUrlError, Transport};
pub use worker::{Counters, Post, Unnoted, Worker};
