//! The budget of calls: one bucket for each account, region and service, shared by everything that polls or tails there.
//! What a person asks for by a click does not queue behind it.
//!
//! A throttled call halves a bucket's rate (down to 0.1 a second); each ten seconds without one give 0.1 back. Waiters
//! are served in turn. The numbers are the polling table's: AWS publishes none, and field reports of throttling at
//! 6 calls a second (CodeBuild) and 0.7 in bursts (CodeDeploy) set them.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::model::ids::Scope;
use crate::model::snapshot::Budget;

/// Calls a second, and how many may be saved up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub per_second: f64,
    pub burst: f64,
}

const SLOWEST: f64 = 0.1;
const RECOVERY: f64 = 0.1;
const RECOVERY_EVERY: Duration = Duration::from_secs(10);

/// The budget of a service, from the polling table.
pub fn allowance(service: &str) -> Rate {
    let (per_second, burst) = match service {
        "codepipeline" => (2.0, 5.0),
        // Ten pages, a megabyte each, are all of most builds' logs: they come at once. The quota of the narrowest region
        // is ten a second.
        "logs" => (3.0, 10.0),
        "codebuild" | "codedeploy" | "codecommit" | "logs:filter" => (1.0, 3.0),
        // LookupEvents is held to two calls a second; a burst on top would be throttled.
        "cloudtrail" => (2.0, 1.0),
        _ => (0.5, 2.0),
    };
    Rate { per_second, burst }
}

/// For accounts that nobody throttles: the simulated ones.
fn wide(service: &str) -> Rate {
    match service {
        // The simulated CloudTrail keeps to AWS's two calls a second.
        "cloudtrail" => allowance(service),
        _ => Rate {
            per_second: 100.0,
            burst: 100.0,
        },
    }
}

struct Bucket {
    full: Rate,
    rate: f64,
    tokens: f64,
    refilled: Instant,
    last_throttle: Option<Instant>,
    last_recovery: Instant,
}

impl Bucket {
    fn new(full: Rate, now: Instant) -> Self {
        Self {
            full,
            rate: full.per_second,
            tokens: full.burst,
            refilled: now,
            last_throttle: None,
            last_recovery: now,
        }
    }

    fn refill(&mut self, now: Instant) {
        while self.rate < self.full.per_second
            && now.duration_since(self.last_recovery) >= RECOVERY_EVERY
        {
            self.rate = (self.rate + RECOVERY).min(self.full.per_second);
            self.last_recovery += RECOVERY_EVERY;
        }
        let gained = now.duration_since(self.refilled).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + gained).min(self.full.burst);
        self.refilled = now;
    }

    /// Takes a token, or tells how long until there is one.
    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        self.refill(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64(
            ((1.0 - self.tokens) / self.rate).clamp(0.001, 60.0),
        ))
    }

    fn throttle(&mut self, now: Instant) {
        self.refill(now);
        self.rate = (self.rate / 2.0).max(SLOWEST);
        self.tokens = 0.0;
        self.last_throttle = Some(now);
        self.last_recovery = now;
    }

    fn is_slowed(&self) -> bool {
        self.last_throttle.is_some() && self.rate < self.full.per_second
    }
}

/// One bucket and its queue. Whoever waits holds the turn and not the bucket, so that a throttled call is noted, and
/// told, while others wait.
struct Place {
    turn: Mutex<()>,
    bucket: Mutex<Bucket>,
}

#[derive(Default)]
struct Buckets {
    by_place: BTreeMap<(Scope, &'static str), Arc<Place>>,
    /// When calls were made, over the last minute.
    calls: VecDeque<Instant>,
}

impl Buckets {
    fn forget_before_the_last_minute(&mut self, now: Instant) {
        let is_old = |first: &Instant| now.duration_since(*first) > Duration::from_mins(1);
        while self.calls.front().is_some_and(is_old) {
            self.calls.pop_front();
        }
    }
}

/// Shared by clones. The locks on the table and on a bucket are held for a look-up.
#[derive(Clone)]
pub struct Limiter {
    buckets: Arc<Mutex<Buckets>>,
    rates: fn(&str) -> Rate,
}

impl Default for Limiter {
    /// The budget of the polling table.
    fn default() -> Self {
        Self {
            buckets: Arc::default(),
            rates: allowance,
        }
    }
}

impl Limiter {
    /// A budget that nothing simulated has to wait for.
    pub fn wide() -> Self {
        Self {
            rates: wide,
            ..Self::default()
        }
    }

    /// Waits for a call of this place's budget, and counts it.
    pub async fn take(&self, scope: &Scope, service: &'static str) {
        let place = self.place(scope, service).await;
        let turn = place.turn.lock().await;
        loop {
            let taken = place.bucket.lock().await.take(Instant::now());
            match taken {
                Ok(()) => break,
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
        drop(turn);
        let mut buckets = self.buckets.lock().await;
        let now = Instant::now();
        buckets.calls.push_back(now);
        buckets.forget_before_the_last_minute(now);
    }

    /// Tells how a call ended. Cheap: a throttled one is noted in the background.
    pub fn ended(&self, scope: &Scope, service: &'static str, throttled: bool) {
        if !throttled {
            return;
        }
        let (limiter, scope) = (self.clone(), scope.clone());
        tokio::spawn(async move {
            let place = limiter.place(&scope, service).await;
            place.bucket.lock().await.throttle(Instant::now());
        });
    }

    /// Calls of the last minute against what the known places allow, and which of them are slowed now.
    pub async fn budget(&self) -> Budget {
        let mut buckets = self.buckets.lock().await;
        let now = Instant::now();
        buckets.forget_before_the_last_minute(now);
        let mut budget = Budget {
            calls_last_minute: buckets.calls.len() as u32,
            ..Budget::default()
        };
        let mut allowed = 0.0;
        for ((scope, service), place) in &buckets.by_place {
            allowed += (self.rates)(service).per_second * 60.0;
            let mut bucket = place.bucket.lock().await;
            bucket.refill(now);
            if bucket.is_slowed() {
                budget.throttled.push(format!("{scope} {service}"));
            }
        }
        budget.allowed_per_minute = allowed as u32;
        budget
    }

    async fn place(&self, scope: &Scope, service: &'static str) -> Arc<Place> {
        let mut buckets = self.buckets.lock().await;
        let entry = buckets.by_place.entry((scope.clone(), service));
        Arc::clone(entry.or_insert_with(|| {
            Arc::new(Place {
                turn: Mutex::default(),
                bucket: Mutex::new(Bucket::new((self.rates)(service), Instant::now())),
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttling_halves_the_rate_and_quiet_time_brings_it_back() {
        let start = Instant::now();
        let mut bucket = Bucket::new(
            Rate {
                per_second: 2.0,
                burst: 5.0,
            },
            start,
        );
        assert_eq!(
            (0..5).filter(|_| bucket.take(start).is_ok()).count(),
            5,
            "the burst"
        );
        assert_eq!(bucket.take(start), Err(Duration::from_millis(500)));
        bucket.throttle(start);
        assert!((bucket.rate - 1.0).abs() < 1e-9);
        for _ in 0..10 {
            bucket.throttle(start);
        }
        assert!(
            (bucket.rate - SLOWEST).abs() < 1e-9,
            "never below the slowest"
        );
        assert!(bucket.is_slowed());
        bucket.refill(start + Duration::from_secs(30));
        assert!(
            (bucket.rate - 0.4).abs() < 1e-9,
            "0.1 for each ten quiet seconds"
        );
        bucket.refill(start + Duration::from_mins(10));
        assert!(
            (bucket.rate - 2.0).abs() < 1e-9,
            "and no further than the allowance"
        );
    }

    #[tokio::test]
    async fn a_call_is_counted_and_waits_for_its_turn() {
        let limiter = Limiter::default();
        let scope = Scope {
            account: "a".into(),
            region: "r".into(),
        };
        for _ in 0..5 {
            limiter.take(&scope, "codepipeline").await;
        }
        let sixth = tokio::time::timeout(
            Duration::from_millis(20),
            limiter.take(&scope, "codepipeline"),
        );
        assert!(
            sixth.await.is_err(),
            "the burst is spent, the next call is half a second away"
        );
        let budget = limiter.budget().await;
        assert_eq!(
            (budget.calls_last_minute, budget.allowed_per_minute),
            (5, 120)
        );
    }

    #[tokio::test]
    async fn a_throttled_bucket_is_told_while_somebody_waits_in_it() {
        let limiter = Limiter::default();
        let scope = Scope {
            account: "a".into(),
            region: "r".into(),
        };
        for _ in 0..3 {
            limiter.take(&scope, "codebuild").await;
        }
        let waiting = tokio::spawn({
            let (limiter, scope) = (limiter.clone(), scope.clone());
            async move { limiter.take(&scope, "codebuild").await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        limiter.ended(&scope, "codebuild", true);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!waiting.is_finished(), "it waits for its token");
        let told = tokio::time::timeout(Duration::from_millis(200), limiter.budget()).await;
        assert_eq!(told.unwrap().throttled, ["a · r codebuild"]);
        waiting.abort();
    }

    #[tokio::test]
    async fn a_simulated_account_is_not_held_back_but_for_cloudtrail() {
        let limiter = Limiter::wide();
        let scope = Scope {
            account: "a".into(),
            region: "r".into(),
        };
        let many = async {
            for _ in 0..60 {
                limiter.take(&scope, "codepipeline").await;
            }
        };
        let quick = tokio::time::timeout(Duration::from_millis(300), many).await;
        assert!(quick.is_ok());
        let start = Instant::now();
        for _ in 0..3 {
            limiter.take(&scope, "cloudtrail").await;
        }
        assert!(
            start.elapsed() >= Duration::from_millis(900),
            "two a second"
        );
    }
}
