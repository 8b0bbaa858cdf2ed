//! Who is shown what happens at a service, as events in one order.

use std::fmt;
use std::sync::Arc;

/// Receives each event in order, while the service is locked: it must return at once and must not call the service.
pub struct Observer<E>(Option<Arc<Observe<E>>>);

type Observe<E> = dyn Fn(&E) + Send + Sync;

impl<E> Observer<E> {
    /// Creates an observer that calls a closure.
    #[must_use]
    pub fn new(observe: impl Fn(&E) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }

    /// Passes an event on.
    pub(crate) fn observe(&self, event: &E) {
        if let Some(observe) = &self.0 {
            observe(event);
        }
    }
}

impl<E> Clone for Observer<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E> Default for Observer<E> {
    fn default() -> Self {
        Self(None)
    }
}

impl<E> fmt::Debug for Observer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.0.is_some()).finish()
    }
}
