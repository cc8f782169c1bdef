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
        "logs" => (3.0, 3.0),
        "codebuild" | "codedeploy" | "codecommit" | "logs:filter" => (1.0, 3.0),
        _ => (0.5, 2.0),
    };
    Rate { per_second, burst }
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

#[derive(Default)]
struct Buckets {
    by_place: BTreeMap<(Scope, &'static str), Arc<Mutex<Bucket>>>,
    /// When calls were made, over the last minute.
    calls: VecDeque<Instant>,
}

/// Shared by clones. The lock on the table is held for a look-up; a bucket's own lock makes its waiters queue in turn.
#[derive(Clone, Default)]
pub struct Limiter(Arc<Mutex<Buckets>>);

impl Limiter {
    /// Waits for a call of this place's budget, and counts it.
    pub async fn take(&self, scope: &Scope, service: &'static str) {
        let bucket = self.bucket(scope, service).await;
        let mut bucket = bucket.lock().await;
        while let Err(wait) = bucket.take(Instant::now()) {
            tokio::time::sleep(wait).await;
        }
        drop(bucket);
        let mut buckets = self.0.lock().await;
        let now = Instant::now();
        buckets.calls.push_back(now);
        while buckets
            .calls
            .front()
            .is_some_and(|first| now.duration_since(*first) > Duration::from_mins(1))
        {
            buckets.calls.pop_front();
        }
    }

    /// Tells how a call ended. Cheap; slows the bucket in the background if somebody waits in it just now.
    pub fn ended(&self, scope: &Scope, service: &'static str, throttled: bool) {
        if !throttled {
            return;
        }
        let (limiter, scope) = (self.clone(), scope.clone());
        tokio::spawn(async move {
            let bucket = limiter.bucket(&scope, service).await;
            bucket.lock().await.throttle(Instant::now());
        });
    }

    /// Calls of the last minute against what the known places allow.
    pub async fn budget(&self) -> Budget {
        let mut buckets = self.0.lock().await;
        let now = Instant::now();
        while buckets
            .calls
            .front()
            .is_some_and(|first| now.duration_since(*first) > Duration::from_mins(1))
        {
            buckets.calls.pop_front();
        }
        let mut budget = Budget {
            calls_last_minute: buckets.calls.len() as u32,
            ..Budget::default()
        };
        let mut allowed = 0.0;
        for ((scope, service), bucket) in &buckets.by_place {
            allowed += allowance(service).per_second * 60.0;
            // A bucket somebody waits in is locked; whether it is slowed is told the next time.
            if let Ok(bucket) = bucket.try_lock()
                && bucket.is_slowed()
            {
                budget.throttled.push(format!("{scope} {service}"));
            }
        }
        budget.allowed_per_minute = allowed as u32;
        budget
    }

    async fn bucket(&self, scope: &Scope, service: &'static str) -> Arc<Mutex<Bucket>> {
        let mut buckets = self.0.lock().await;
        let entry = buckets.by_place.entry((scope.clone(), service));
        Arc::clone(entry.or_insert_with(|| {
            Arc::new(Mutex::new(Bucket::new(allowance(service), Instant::now())))
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
}
