//! When a backend wants to be asked again.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header};

/// Azure's and OpenAI's finer form.
const IN_MILLISECONDS: HeaderName = HeaderName::from_static("retry-after-ms");

/// Reads `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3). A date that has passed is
/// no wait at all.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |text: Option<&str>| text?.parse::<f64>().ok();
    if let Some(milliseconds) = number(text(IN_MILLISECONDS)) {
        return Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
    }
    let given = text(header::RETRY_AFTER);
    if let Some(seconds) = number(given) {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = httpdate::parse_http_date(given?).ok()?;
    Some(at.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn seconds_milliseconds_and_all_three_forms_of_a_date_are_read() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_775);
        let read = |name: &'static str, value: &'static str| {
            let header = (HeaderName::from_static(name), HeaderValue::from_static(value));
            retry_after(&HeaderMap::from_iter([header]), now)
        };
        let after = |value| read("retry-after", value);
        assert_eq!(after("2"), Some(Duration::from_secs(2)));
        assert_eq!(after(" 0.5 "), Some(Duration::from_millis(500)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(2)));
        assert_eq!(after("Sunday, 06-Nov-94 08:49:37 GMT"), Some(Duration::from_secs(2)));
        assert_eq!(after("Sun Nov  6 08:49:37 1994"), Some(Duration::from_secs(2)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:30 GMT"), Some(Duration::ZERO));
        assert_eq!(read("retry-after-ms", "1500"), Some(Duration::from_millis(1500)));
        for nonsense in ["-1", "soon", "", "NaN", "inf"] {
            assert_eq!(after(nonsense), None, "{nonsense}");
        }
    }
}
