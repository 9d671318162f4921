//! Notices that a process has ended although nobody asked.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::link::Tracer;
use crate::os::wait::Ending;

/// Between two looks at a connection that has something to say which is not for us: answers that
/// their asker is about to read.
const PAUSE: Duration = Duration::from_millis(50);
/// Longest wait, in milliseconds: whoever asked something meanwhile may have read the news that would
/// have ended it.
const PATIENCE: u16 = 1000;

/// Calls `ended` with how, from a thread of its own, once, when the process of `tracer` has ended. The thread
/// ends with the tracer. Without a thread nobody is told, and the next request will show it.
pub(super) fn watch(tracer: &Arc<Mutex<Tracer>>, ended: impl FnOnce(Option<Ending>) + Send + 'static) {
    let connection = tracer
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .as_fd()
        .try_clone_to_owned();
    let Ok(connection) = connection else { return };
    let tracer = Arc::downgrade(tracer);
    let _ = thread::Builder::new()
        .name("watch".to_owned())
        .spawn(move || wait(&connection, &tracer, ended));
}

fn wait(connection: &OwnedFd, tracer: &Weak<Mutex<Tracer>>, ended: impl FnOnce(Option<Ending>)) {
    loop {
        let mut polled = [PollFd::new(connection.as_fd(), PollFlags::POLLIN)];
        // A failed poll is no reason to spin; the pause below is its timeout then.
        let _ = poll(&mut polled, PollTimeout::from(PATIENCE));
        let Some(tracer) = tracer.upgrade() else { return };
        let news = {
            let mut tracer = tracer.lock().unwrap_or_else(PoisonError::into_inner);
            tracer.has_ended().then(|| tracer.ending())
        };
        drop(tracer);
        if let Some(ending) = news {
            return ended(ending);
        }
        thread::sleep(PAUSE);
    }
}
