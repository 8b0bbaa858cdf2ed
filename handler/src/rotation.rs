//! A secret that may be replaced while the process is warm. It is read again before anything is called wrong for it, at
//! most once a minute, whatever arrives.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// The shortest time from one reading to the next. The reading at the start of the process does not count.
const PAUSE: Duration = Duration::from_mins(1);

/// A secret as it was read last, and the one that it replaced.
pub(crate) struct Rotating<T> {
    /// How long the former secret is of use: messages that Port signed with it may still be on their way.
    grace: Duration,
    held: RwLock<Held<T>>,
    /// The last reading. The lock is held while it lasts, so that all who wait for it share its result.
    last: Mutex<Option<Reading>>,
}

struct Held<T> {
    current: Arc<T>,
    former: Option<(Arc<T>, Instant)>,
}

#[derive(Clone, Copy)]
struct Reading {
    began: Instant,
    is_read: bool,
}

/// The secrets with which something may have been made.
pub(crate) struct Versions<T> {
    pub(crate) current: Arc<T>,
    /// The one before, while it is of use.
    pub(crate) former: Option<Arc<T>>,
}

impl<T> Versions<T> {
    /// Returns them, the current one first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&*self.current).chain(self.former.as_deref())
    }
}

/// Whether it is worth trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// The secret is different from the one that was tried.
    Changed,
    /// It is the one that was tried, as far as may be known in this minute.
    Same,
    /// It could not be read, so nothing can be said.
    Unreadable,
}

impl<T: PartialEq> Rotating<T> {
    pub(crate) fn new(current: T, grace: Duration) -> Self {
        let held = Held { current: Arc::new(current), former: None };
        Self { grace, held: RwLock::new(held), last: Mutex::new(None) }
    }

    /// Returns the secrets to try.
    pub(crate) fn versions(&self) -> Versions<T> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let former = held.former.as_ref().filter(|(_, replaced)| replaced.elapsed() <= self.grace);
        Versions { current: Arc::clone(&held.current), former: former.map(|(former, _)| Arc::clone(former)) }
    }

    /// Reads the secret again because `tried` did not fit, unless another one is there already or the last reading was
    /// less than a minute ago. An error is given to `report`, once for each reading.
    pub(crate) async fn renew<E>(
        &self,
        tried: &Arc<T>,
        read: impl Future<Output = Result<T, E>>,
        report: impl FnOnce(E),
    ) -> Renewal {
        let mut last = self.last.lock().await;
        if !Arc::ptr_eq(tried, &self.versions().current) {
            return Renewal::Changed;
        }
        if let Some(reading) = last.filter(|reading| reading.began.elapsed() < PAUSE) {
            return if reading.is_read { Renewal::Same } else { Renewal::Unreadable };
        }
        let began = Instant::now();
        // Also counts if the caller gives up while it lasts.
        *last = Some(Reading { began, is_read: false });
        let secret = match read.await {
            Ok(secret) => secret,
            Err(error) => {
                report(error);
                return Renewal::Unreadable;
            }
        };
        *last = Some(Reading { began, is_read: true });
        if secret == **tried {
            return Renewal::Same;
        }
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let former = std::mem::replace(&mut held.current, Arc::new(secret));
        held.former = Some((former, Instant::now()));
        Renewal::Changed
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const GRACE: Duration = Duration::from_mins(5);

    struct Vault {
        held: Cell<Result<u32, &'static str>>,
        readings: Cell<usize>,
    }

    impl Vault {
        async fn read(&self) -> Result<u32, &'static str> {
            self.readings.set(self.readings.get() + 1);
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.held.get()
        }
    }

    fn setting() -> (Rotating<u32>, Vault) {
        let vault = Vault { held: Cell::new(Ok(1)), readings: Cell::new(0) };
        (Rotating::new(1, GRACE), vault)
    }

    async fn renew(secret: &Rotating<u32>, vault: &Vault) -> Renewal {
        secret.renew(&secret.versions().current, vault.read(), |_| {}).await
    }

    fn versions(secret: &Rotating<u32>) -> Vec<u32> {
        secret.versions().iter().copied().collect()
    }

    /// Whatever arrives in a minute, and however the reading ends, there is one.
    #[tokio::test(start_paused = true)]
    async fn a_secret_is_read_once_a_minute() {
        let (secret, vault) = setting();
        for (minute, (held, want)) in
            [(Ok(1), Renewal::Same), (Err("no answer"), Renewal::Unreadable), (Ok(1), Renewal::Same)]
                .into_iter()
                .enumerate()
        {
            vault.held.set(held);
            for second in 0..59 {
                assert_eq!(renew(&secret, &vault).await, want, "minute {minute}, second {second}");
                tokio::time::advance(Duration::from_secs(1)).await;
            }
            assert_eq!(vault.readings.get(), minute + 1);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_wait_share_a_reading() {
        let (secret, vault) = setting();
        vault.held.set(Ok(2));
        let renewals = futures_util::future::join_all((0..20).map(|_| renew(&secret, &vault))).await;
        assert_eq!((renewals, vault.readings.get()), (vec![Renewal::Changed; 20], 1));
        assert_eq!(renew(&secret, &vault).await, Renewal::Same, "the new secret was tried");
    }

    #[tokio::test(start_paused = true)]
    async fn the_former_secret_is_of_use_for_a_while() {
        let (secret, vault) = setting();
        assert_eq!(versions(&secret), [1]);
        vault.held.set(Ok(2));
        renew(&secret, &vault).await;
        assert_eq!(versions(&secret), [2, 1]);
        tokio::time::advance(GRACE).await;
        assert_eq!(versions(&secret), [2, 1]);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(versions(&secret), [2]);
        vault.held.set(Ok(3));
        renew(&secret, &vault).await;
        assert_eq!(versions(&secret), [3, 2]);
    }
}
