//! Why a build failed, from the Board to the line of its log, over the wire.

use eframe::egui::Key;

use super::driver::Driver;

#[test]
fn the_card_opens_over_the_board_reads_the_log_and_leads_to_its_line() {
    let mut driver = Driver::open("harbour");
    driver.press("Why search-indexer");
    // No view shows this log; the card has it read.
    driver.expect("rust says so, line");
    driver.expect("Failed tests");
    driver.key(Key::Enter);
    // The Project view, at the failed build, with the line in sight.
    driver.expect(": thread '");
}

#[test]
fn the_same_key_opens_it_at_the_failed_build_itself() {
    let mut driver = Driver::open("harbour");
    driver.go_to_project("search-indexer");
    driver.expect("1 test failed");
    driver.key(Key::W);
    driver.expect("rust says so, line");
    driver.key(Key::Enter);
    driver.expect(": thread '");
}
