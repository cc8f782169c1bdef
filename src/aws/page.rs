//! Paging with an end: a listing stops at its cap, and at a token that was seen before.
//!
//! Real services have answered with the same token for ever and with endless empty pages; the CLI makes 1 800 requests
//! a second of the latter. A cap on pages ends both.

use std::future::Future;

use crate::model::fault::Fault;

/// The pages one reading may ask for.
pub(super) const MOST_PAGES: usize = 20;

/// Collects pages until there is no token, a token repeats, `most` things are there, or [`MOST_PAGES`] were asked for.
///
/// `next` is called with the token to send; it returns the page's things and the token after it.
pub(super) async fn collect<T, F, P>(most: usize, next: F) -> Result<Vec<T>, Fault>
where
    F: FnMut(Option<String>) -> P,
    P: Future<Output = Result<(Vec<T>, Option<String>), Fault>>,
{
    Ok(walk(MOST_PAGES, most, next).await?.all)
}

/// What pages held, and whether there is more than was asked for.
pub(super) struct Walked<T> {
    pub all: Vec<T>,
    pub cut: bool,
}

/// As [`collect`] does, over at most so many pages; tells whether the end was reached.
pub(super) async fn walk<T, F, P>(
    pages: usize,
    most: usize,
    mut next: F,
) -> Result<Walked<T>, Fault>
where
    F: FnMut(Option<String>) -> P,
    P: Future<Output = Result<(Vec<T>, Option<String>), Fault>>,
{
    let mut all = Vec::new();
    let mut token: Option<String> = None;
    let mut cut = false;
    for _ in 0..pages {
        let (things, after) = next(token.clone()).await?;
        all.extend(things);
        let after = after.filter(|after| !after.is_empty());
        cut = after.is_some() && after != token;
        if !cut || all.len() >= most {
            break;
        }
        token = after;
    }
    cut |= all.len() > most;
    all.truncate(most);
    Ok(Walked { all, cut })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pages(
        most: usize,
        answer: impl Fn(usize) -> (Vec<usize>, Option<String>),
    ) -> (usize, usize) {
        let asked = std::cell::Cell::new(0);
        let all = collect(most, |_| {
            let page = asked.get();
            asked.set(page + 1);
            let answer = answer(page);
            async move { Ok(answer) }
        });
        (all.await.unwrap().len(), asked.get())
    }

    #[tokio::test]
    async fn a_walk_tells_whether_there_is_more() {
        let cut = async |pages, most, last| {
            let page = std::cell::Cell::new(0);
            let walked = walk(pages, most, |_| {
                page.set(page.get() + 1);
                let token = (page.get() < last).then(|| format!("t{}", page.get()));
                async move { Ok((vec![1, 2], token)) }
            });
            walked.await.unwrap().cut
        };
        assert!(!cut(5, 100, 3).await, "the end was reached");
        assert!(cut(2, 100, 3).await, "a page was left");
        assert!(cut(5, 3, 2).await, "things of the last page were left");
        assert!(!cut(5, 4, 2).await, "just what there is");
    }

    #[tokio::test]
    async fn a_listing_ends_at_its_end_its_cap_and_at_a_repeated_token() {
        let three = |page| (vec![1, 2], (page < 2).then(|| format!("t{page}")));
        assert_eq!(pages(100, three).await, (6, 3));
        assert_eq!(pages(3, three).await, (3, 2));
        assert_eq!(pages(100, |_| (vec![1], Some("same".into()))).await, (2, 2));
        assert_eq!(
            pages(100, |page| (vec![], Some(format!("t{page}")))).await,
            (0, MOST_PAGES)
        );
    }
}
