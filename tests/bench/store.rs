//! What the store pays for one finding, at three sizes of account: applied and published, and when it says nothing new.

mod account;
mod aim;
mod measure;

use std::hint::black_box;
use std::io;
use std::time::Duration;

use aim::aim;
use measure::{SIZES, measure, print};

fn main() -> io::Result<()> {
    let mut changes = Vec::new();
    let mut repeats = Vec::new();
    let mut fills = Vec::new();
    for size in SIZES {
        fills.push((size, measure(10, |_| drop(black_box(account::store(size))))));

        let (mut store, published) = account::store(size);
        let cost = measure(1_000, |round| {
            store.apply(account::one_change(round % size, round + 1));
            store.publish();
            black_box(published.load());
        });
        changes.push((size, cost));

        let (mut store, _published) = account::store(size);
        let cost = measure(1_000, |round| {
            store.apply(account::one_change(round % size, 0));
        });
        repeats.push((size, cost));
    }
    print(
        "Make a whole account up, read it into an empty store and publish it",
        &fills,
    )?;
    print("Apply one change and publish it", &changes)?;
    if let Some((_, largest)) = changes.last() {
        aim(
            "under 4 ms at 10 000 pipelines",
            largest.median < Duration::from_millis(4),
        )?;
    }
    print("Apply an answer that says nothing new", &repeats)?;
    Ok(())
}
