//! Queue of this process's writes for one customer, on PostgreSQL.
//!
//! On REPEATABLE READ a write that waits for the customer's row is refused when it gets it, since the
//! row has changed: of many that wait one gets on and all others run again, and some never get their
//! turn. Here they wait before their transaction begins, without a connection, first come, first served.

use super::error::StoreError;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The customers that are written now: for each the tickets of those that wait, the first of which
/// has its turn.
#[derive(Default)]
pub(super) struct CustomerQueue {
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Default)]
struct State {
    tickets: u64,
    waiting: HashMap<String, VecDeque<u64>>,
}

/// A write's turn at its customer, over all its attempts.
pub(super) struct Turn {
    queue: Arc<CustomerQueue>,
    holds: Option<String>,
    /// Whom the attempt has found taken.
    wants: Option<String>,
}

impl CustomerQueue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Of a write that has not said yet which customer it is for.
    pub fn new(queue: &Arc<CustomerQueue>) -> Self {
        Self { queue: Arc::clone(queue), holds: None, wants: None }
    }

    /// Takes the turn at a customer, if nobody has it. Only the first customer of a write counts.
    ///
    /// # Errors
    /// [`StoreError::Busy`]: the attempt ends, and the next one waits before it begins.
    pub fn take(&mut self, customer: &str) -> Result<(), StoreError> {
        if self.holds.is_some() {
            return Ok(());
        }
        let mut state = self.queue.state();
        if state.waiting.contains_key(customer) {
            self.wants = Some(customer.to_owned());
            return Err(StoreError::Busy("another write has its turn at this customer".into()));
        }
        state.tickets += 1;
        let ticket = state.tickets;
        state.waiting.insert(customer.to_owned(), VecDeque::from([ticket]));
        self.holds = Some(customer.to_owned());
        Ok(())
    }

    /// Whether the last attempt has found its customer taken; then waits for the turn, at most for so
    /// long.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where it did not come.
    pub fn wait(&mut self, longest: Duration) -> Result<bool, StoreError> {
        let Some(customer) = self.wants.take() else { return Ok(false) };
        let mut state = self.queue.state();
        state.tickets += 1;
        let ticket = state.tickets;
        state.waiting.entry(customer.clone()).or_default().push_back(ticket);
        let is_behind = |state: &mut State| {
            state.waiting.get(&customer).is_some_and(|waiting| waiting.front() != Some(&ticket))
        };
        let (mut state, waited) = self
            .queue
            .left
            .wait_timeout_while(state, longest, is_behind)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            if let Some(waiting) = state.waiting.get_mut(&customer) {
                waiting.retain(|other| *other != ticket);
            }
            return Err(StoreError::Busy("too many writes for this customer wait".into()));
        }
        drop(state);
        self.holds = Some(customer);
        Ok(true)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(customer) = self.holds.take() else { return };
        let mut state = self.queue.state();
        if let Some(waiting) = state.waiting.get_mut(&customer) {
            waiting.pop_front();
            if waiting.is_empty() {
                state.waiting.remove(&customer);
            }
        }
        drop(state);
        self.queue.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn writes_for_one_customer_wait_in_their_order_and_others_do_not() {
        let queue = Arc::default();
        let mut first = Turn::new(&queue);
        first.take("cus_1").unwrap();
        Turn::new(&queue).take("cus_2").unwrap();
        let order = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for number in 0..3 {
                let (queue, order) = (&queue, &order);
                scope.spawn(move || {
                    let mut turn = Turn::new(queue);
                    assert!(turn.take("cus_1").is_err());
                    assert!(turn.wait(LONG).unwrap());
                    assert!(turn.take("cus_1").is_ok(), "it has its turn");
                    order.lock().unwrap().push(number);
                });
                while queue.state().waiting["cus_1"].len() < number + 2 {
                    thread::yield_now();
                }
            }
            drop(first);
        });
        assert_eq!(order.into_inner().unwrap(), [0, 1, 2]);
        assert!(queue.state().waiting.is_empty(), "nothing is kept");
    }

    #[test]
    fn a_write_that_waits_too_long_leaves_the_queue() {
        let queue = Arc::default();
        let mut first = Turn::new(&queue);
        first.take("cus_1").unwrap();
        let mut second = Turn::new(&queue);
        assert!(second.take("cus_1").is_err());
        assert!(matches!(second.wait(Duration::from_millis(20)), Err(StoreError::Busy(_))));
        drop(second);
        drop(first);
        assert!(queue.state().waiting.is_empty());
        Turn::new(&queue).take("cus_1").unwrap();
    }
}
