//! The lines that the build container writes itself.

/// The message of a line that the build container itself wrote, with its own time where that can be read.
///
/// `[Container] 2024/06/05 02:04:08.786311 Phase is DOWNLOAD_SOURCE`; older containers write whole seconds.
pub fn container_line(text: &str) -> Option<(Option<i64>, &str)> {
    let rest = text.strip_prefix("[Container] ")?;
    let (date, after_date) = rest.split_once(' ')?;
    let (clock, message) = after_date.split_once(' ')?;
    Some((stamp(date, clock), message))
}

fn stamp(date: &str, clock: &str) -> Option<i64> {
    let mut date = date.split('/').map(str::parse::<i16>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut seconds = seconds.split(':').map(str::parse::<i8>);
    let (hour, minute, second) = (
        seconds.next()?.ok()?,
        seconds.next()?.ok()?,
        seconds.next()?.ok()?,
    );
    let millis = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    let time = jiff::civil::DateTime::new(
        year,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        hour,
        minute,
        second,
        0,
    )
    .ok()?;
    let time = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(time.timestamp().as_millisecond() + millis)
}
