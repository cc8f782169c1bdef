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
