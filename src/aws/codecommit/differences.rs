//! GetDifferences: the files in which two commits differ.

use aws_sdk_codecommit::types;

use super::SERVICE;
use crate::aws::calls::Calls;
use crate::aws::map::{text, word};
use crate::aws::page;
use crate::model::fault::Fault;
use crate::model::ids::{RepositoryName, RevisionId};
use crate::model::oneshot::{ChangedFile, ChangedFiles};

/// Files read at most.
const MOST_FILES: usize = 400;
const PAGE: i32 = 100;
/// Pages may be shorter than asked for.
const MOST_PAGES: usize = 8;

/// By path, cut at four hundred.
pub(in crate::aws) async fn differences(
    calls: &Calls<'_>,
    repository: &RepositoryName,
    before: &RevisionId,
    after: &RevisionId,
) -> Result<ChangedFiles, Fault> {
    let walked = page::walk(MOST_PAGES, MOST_FILES, |token| async move {
        let request = calls
            .clients
            .codecommit
            .get_differences()
            .repository_name(repository.as_str())
            .before_commit_specifier(before.as_str())
            .after_commit_specifier(after.as_str())
            .max_results(PAGE)
            .set_next_token(token);
        let answer = calls
            .call(SERVICE, "GetDifferences", request.send())
            .await?;
        let files = answer.differences().iter().filter_map(file);
        Ok((files.collect(), answer.next_token().map(str::to_owned)))
    })
    .await?;
    let mut files: Vec<ChangedFile> = walked.all;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(ChangedFiles {
        files,
        cut: walked.cut,
    })
}

/// A file that is gone has a path only before.
fn file(difference: &types::Difference) -> Option<ChangedFile> {
    let after = difference.after_blob().and_then(|blob| text(blob.path()));
    let before = difference.before_blob().and_then(|blob| text(blob.path()));
    Some(ChangedFile {
        path: after.or(before)?,
        change: word(difference.change_type().map(types::ChangeTypeEnum::as_str)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_is_named_by_where_it_was() {
        let blob = |path: &str| types::BlobMetadata::builder().path(path).build();
        let gone = types::Difference::builder()
            .before_blob(blob("old.rs"))
            .change_type(types::ChangeTypeEnum::Deleted)
            .build();
        let told = file(&gone).unwrap();
        assert_eq!((told.path.as_str(), told.change.as_str()), ("old.rs", "D"));
        assert_eq!(file(&types::Difference::builder().build()), None);
    }
}
