//! What must hold of any text, however broken.

#![expect(
    clippy::expect_used,
    clippy::string_slice,
    reason = "what does not hold is to end the round with its own words"
)]

use starboard::model::ansi::{self, Mark, Token};
use starboard::model::fold::{FoldIndex, Folding, SectionNo};
use starboard::model::log::{LineNo, LogBuffer, LogSnapshot};
use starboard::model::mask;
use starboard::model::sweep::Sweep;
use starboard::model::terminal;
use starboard::model::why;

/// Holds every reader of log text against an input.
pub fn all(input: &[u8]) {
    // As the wire's text comes to the reader: what is no UTF-8 has become U+FFFD there.
    let text = String::from_utf8_lossy(input);
    let mut buffer = LogBuffer::default();
    buffer.append(0, &text);
    let log = buffer.snapshot();
    whole(&log, &text);
    for number in 0..log.len() {
        let line = log
            .text(LineNo(number))
            .expect("a line that is counted is there");
        tokens(&line);
        drawing(&line);
        terminal(&line);
        masks(&line);
    }
    folds(&log);
    reasons(&log);
}

/// No byte of the raw text is lost: the lines give it back, but for what ends them.
fn whole(log: &LogSnapshot, text: &str) {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut lines = 0;
    for (number, line) in text.split('\n').enumerate() {
        let kept = log
            .text(LineNo(number as u32))
            .expect("as many lines as the text has");
        assert_eq!(&*kept, line.strip_suffix('\r').unwrap_or(line));
        lines += 1;
    }
    assert_eq!(log.len(), lines);
}

/// Tokens cover the line, and those that show or stand for a character are that character.
fn tokens(line: &str) {
    let mut all = ansi::tokens(line);
    let mut taken = 0;
    loop {
        let before = all.rest().len();
        let Some(token) = all.next() else { break };
        let length = before - all.rest().len();
        assert!(length > 0, "a token takes something");
        let raw = &line[taken..taken + length];
        match token {
            Token::Text(text) => assert_eq!(text, raw),
            Token::Mark(Mark::Control(sign) | Mark::Invisible(sign)) => {
                assert_eq!(sign.to_string(), raw);
            }
            Token::Sgr(parameters) => assert!(raw.contains(parameters)),
            Token::Mark(Mark::Escape) | Token::Return | Token::Erase(_) => {}
        }
        taken += length;
    }
    assert_eq!(taken, line.len());
}

/// What is drawn is safe, drawn the same again, and its looks cover it; what is cut off is counted.
fn drawing(line: &str) {
    let whole = ansi::draw(line, usize::MAX);
    assert!(ansi::is_plain(&whole.text), "{:?}", whole.text);
    assert_eq!(ansi::plain(&whole.text), whole.text);
    assert_eq!(whole.cut, 0);
    let mut end = 0;
    for span in &whole.spans {
        assert!(span.end >= end && whole.text.is_char_boundary(span.end));
        end = span.end;
    }
    assert_eq!(end, whole.text.len());
    let short = ansi::draw(line, 40);
    assert!(
        whole.text.starts_with(&short.text) || short.text.len() >= 40,
        "{line:?}"
    );
}

/// A terminal gets colours, returns and erasing within the line, and nothing else that acts.
fn terminal(line: &str) {
    for colours in [true, false] {
        let safe = terminal::safe_line(line, colours);
        for token in ansi::tokens(&safe) {
            assert!(
                !matches!(token, Token::Mark(_)) && (colours || !matches!(token, Token::Sgr(_))),
                "{line:?} -> {safe:?}"
            );
        }
        assert_eq!(terminal::safe_line(&safe, colours), safe);
    }
}

/// Masks lie in order, cover whole characters, and masking again changes nothing.
fn masks(line: &str) {
    let mut last = 0;
    for range in mask::secrets(line) {
        assert!(
            range.start >= last && range.start < range.end && line.get(range.clone()).is_some()
        );
        last = range.end;
    }
    let once = mask::masked(line);
    assert_eq!(mask::masked(&once), once);
    let above = ["-----BEGIN PRIVATE KEY-----"];
    assert!(!mask::masked_below(line, above).contains('\n'));
}

/// Sections lie within one another, in order; a sweep finds the same.
fn folds(log: &LogSnapshot) {
    let index = FoldIndex::of(log);
    let mut sweep = Sweep::new(Folding);
    if let Some(pass) = sweep.pass(log) {
        pass.run(&|| {});
    }
    assert_eq!(index, *sweep.progress().found);
    let mut last = 0;
    for section in index.sections() {
        assert!(section.start >= last, "sections begin in order");
        last = section.start;
        let body = section.body(log.len());
        assert!(body.start <= body.end);
        if let Some(parent) = section.parent {
            let parent = index.get(parent).expect("a parent is there");
            assert!(
                parent.start <= section.start
                    && body.end <= parent.body(log.len()).end.max(section.start)
            );
            assert_eq!(section.depth, parent.depth + 1);
        }
    }
    for number in 0..index.sections().len() {
        index.opens_by_default(SectionNo(number), true);
    }
    for line in 0..log.len() {
        if let Some(section) = index.section_of(LineNo(line)) {
            let section = index.get(section).expect("a line's section is there");
            assert!(section.start <= line && section.end.is_none_or(|end| line < end));
        }
    }
}

/// A reason is a line of the log, and what is shown around it holds it.
fn reasons(log: &LogSnapshot) {
    let index = FoldIndex::of(log);
    let found = why::explain(log, &index);
    assert!(found.around.end <= log.len());
    if let Some(why) = found.why {
        assert!(found.around.contains(&why.line.0));
        assert!(ansi::is_plain(&why.text), "{:?}", why.text);
    }
}
