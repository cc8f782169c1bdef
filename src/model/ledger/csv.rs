//! The ledger as a table that other programs read.

use super::LedgerRow;

const HEAD: [&str; 15] = [
    "time",
    "who",
    "decision",
    "pipeline",
    "stage",
    "action",
    "account",
    "account number",
    "region",
    "execution",
    "revisions",
    "changes",
    "comment",
    "told by",
    "note",
];

/// RFC 4180, times in RFC 3339 UTC, the order of the rows kept. A cell that a spreadsheet would take for a formula gets
/// a quote mark before it.
pub fn csv<'a>(rows: impl IntoIterator<Item = &'a LedgerRow>) -> Result<String, String> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer
        .write_record(HEAD)
        .map_err(|error| error.to_string())?;
    for row in rows {
        let cells = cells(row).map(|cell| harmless(&cell));
        writer
            .write_record(cells)
            .map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

fn cells(row: &LedgerRow) -> [String; 15] {
    let joined = |each: &dyn Fn(&super::OwnRevision) -> String| {
        let parts: Vec<String> = row.revisions.iter().map(each).collect();
        parts.join("; ")
    };
    [
        row.at.rfc3339(),
        row.who.clone().unwrap_or_default(),
        row.ruling.label().to_owned(),
        row.pipeline.name.to_string(),
        row.action.stage.to_string(),
        row.action.action.to_string(),
        row.pipeline.scope.account.to_string(),
        row.number
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        row.pipeline.scope.region.to_string(),
        row.execution
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        joined(&|revision| revision.id.to_string()),
        joined(&|revision| revision.subject.clone()),
        row.comment.clone(),
        row.sources.words(),
        row.note.clone(),
    ]
}

/// Excel and its like run what begins so (OWASP, CSV injection), also behind a byte that they skip.
fn harmless(cell: &str) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => {
            format!("'{cell}")
        }
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{ActionKey, PipelineKey, Scope};
    use crate::model::ledger::{OwnRevision, Ruling, Sources};
    use crate::model::time::Timestamp;

    fn row(comment: &str) -> LedgerRow {
        LedgerRow {
            at: Timestamp::from_millis(1_795_449_600_000),
            who: Some("arn:aws:iam::482100937715:user/priya".to_owned()),
            ruling: Ruling::Rejected,
            pipeline: PipelineKey {
                scope: Scope {
                    account: "prod".into(),
                    region: "eu-west-1".into(),
                },
                name: "pier".into(),
            },
            number: Some("482100937715".into()),
            action: ActionKey {
                stage: "Gate".into(),
                action: "Approve".into(),
            },
            execution: Some("e1".into()),
            revisions: vec![OwnRevision {
                id: "f3a91c2".into(),
                subject: "-1 is no number".to_owned(),
            }],
            comment: comment.to_owned(),
            address: None,
            sources: Sources {
                pipeline: true,
                own: true,
                trail: false,
            },
            note: String::new(),
        }
    }

    #[test]
    fn a_row_is_written_with_its_commas_quotes_and_lines_kept() {
        let text = csv([&row("no, \"not\"\nnow")]).unwrap();
        let mut lines = text.split("\r\n");
        assert_eq!(
            lines.next(),
            Some(
                "time,who,decision,pipeline,stage,action,account,account number,region,execution,revisions,changes,comment,told by,note"
            )
        );
        assert_eq!(
            lines.next(),
            Some(
                "2026-11-23T16:00:00Z,arn:aws:iam::482100937715:user/priya,rejected,pier,Gate,Approve,prod,482100937715,eu-west-1,e1,f3a91c2,'-1 is no number,\"no, \"\"not\"\"\nnow\",\"pipeline, Starboard\","
            )
        );
    }

    #[test]
    fn nothing_a_person_wrote_becomes_a_formula() {
        for attack in [
            "=HYPERLINK(\"http://x\")",
            "+1+1",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "＝1",
        ] {
            let text = csv([&row(attack)]).unwrap();
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let record = reader.records().next().unwrap().unwrap();
            assert_eq!(record.get(12), Some(format!("'{attack}").as_str()));
        }
        let text = csv([&row("plain = fine")]).unwrap();
        assert!(text.contains(",plain = fine,"));
    }
}
