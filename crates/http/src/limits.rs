//! Limits on requests in flight and on requests per second.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::settings::Settings;

pub(crate) struct Limits {
    in_flight: Semaphore,
    rate: Option<Rate>,
}

type Rate = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>;

impl Limits {
    pub(crate) fn new(settings: &Settings) -> Self {
        let rate = NonZeroU32::new(settings.requests_per_second).map(|per_second| {
            // One at a time, evenly spread: a burst is what makes servers answer 429.
            let one = NonZeroU32::MIN;
            let quota =
                Quota::with_period(Duration::from_secs(1) / per_second.get()).unwrap_or(Quota::per_second(per_second));
            RateLimiter::direct_with_clock(quota.allow_burst(one), TokioClock::default())
        });
        Self { in_flight: Semaphore::new(settings.max_concurrent_requests.clamp(1, Semaphore::MAX_PERMITS)), rate }
    }

    /// Waits for a place among the requests in flight and for the rate. The place is given back when the permit is dropped.
    pub(crate) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        // Fails only when the semaphore is closed, which nothing does.
        let permit = self.in_flight.acquire().await.ok();
        if let Some(rate) = &self.rate {
            while let Err(early) = rate.check() {
                tokio::time::sleep(early.wait_time_from(TokioClock::default_now(rate.clock()))).await;
            }
        }
        permit
    }
}

/// Tokio's clock, so that tests can pause it.
#[derive(Debug, Clone, Copy)]
struct TokioClock {
    start: Instant,
}

impl TokioClock {
    fn default_now(clock: &Self) -> Nanos {
        clock.now()
    }
}

impl Default for TokioClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.start.elapsed().into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Limits;
    use crate::Settings;

    #[tokio::test(start_paused = true)]
    async fn requests_are_spread_over_the_second() {
        let mut settings = Settings::new("http://127.0.0.1");
        settings.requests_per_second = 10;
        let limits = Limits::new(&settings);
        let start = Instant::now();
        for _ in 0..21 {
            drop(limits.enter().await);
        }
        let took = start.elapsed();
        assert!((Duration::from_millis(1990)..Duration::from_millis(2100)).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_are_in_flight() {
        let mut settings = Settings::new("http://127.0.0.1");
        settings.max_concurrent_requests = 2;
        let limits = Limits::new(&settings);
        let first = limits.enter().await;
        let _second = limits.enter().await;
        assert!(tokio::time::timeout(Duration::from_secs(60), limits.enter()).await.is_err());
        drop(first);
        assert!(tokio::time::timeout(Duration::from_secs(60), limits.enter()).await.is_ok());
    }
}
