//! Whether the caller still waits for the work of a thread. A call that takes too long is answered
//! before its work ends; then the work must not be recorded any more, or the caller is told that it
//! may have been.

use super::error::StoreError;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const WAITS: u8 = 0;
const HAS_LEFT: u8 = 1;
const COMMITS: u8 = 2;

thread_local! {
    static CALLER: RefCell<Option<Caller>> = const { RefCell::new(None) };
}

/// The caller of the work of one thread.
#[derive(Debug, Clone, Default)]
pub struct Caller(Arc<AtomicU8>);

impl Caller {
    /// Runs work on this thread for the caller.
    pub fn run<T>(self, work: impl FnOnce() -> T) -> T {
        struct Ends;
        impl Drop for Ends {
            fn drop(&mut self) {
                CALLER.set(None);
            }
        }
        CALLER.set(Some(self));
        let _ends = Ends;
        work()
    }

    /// Leaves before the work has ended; whether nothing of it is recorded or will be.
    pub fn leave(&self) -> bool {
        self.0.compare_exchange(WAITS, HAS_LEFT, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

/// Refuses to record what nobody waits for any more.
///
/// # Errors
/// [`StoreError::Busy`]: the caller was told that it was not done.
pub(super) fn may_commit() -> Result<(), StoreError> {
    let state = CALLER.with_borrow(|caller| {
        let caller = caller.as_ref()?;
        caller.0.compare_exchange(WAITS, COMMITS, Ordering::SeqCst, Ordering::SeqCst).err()
    });
    match state {
        Some(HAS_LEFT) => Err(StoreError::Busy("its caller has left".into())),
        _ => Ok(()),
    }
}

/// Whether nobody waits for the work of this thread any more.
pub(super) fn has_left() -> bool {
    CALLER.with_borrow(|caller| {
        caller.as_ref().is_some_and(|caller| caller.0.load(Ordering::SeqCst) == HAS_LEFT)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_caller_has_left_is_not_recorded_and_what_is_recorded_cannot_be_left() {
        let caller = Caller::default();
        assert!(caller.clone().run(may_commit).is_ok());
        assert!(!caller.leave(), "it may be recorded");
        let caller = Caller::default();
        assert!(caller.leave());
        assert!(matches!(caller.clone().run(may_commit), Err(StoreError::Busy(_))));
        assert!(caller.run(has_left));
        assert!(may_commit().is_ok(), "work without a caller, as that of the mail thread");
    }
}
