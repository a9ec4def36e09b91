//! Tests of settings.

use std::time::Duration;

use super::{LONGEST, Pem, Settings};

fn refused(change: impl FnOnce(&mut Settings)) -> String {
    let mut settings = Settings::new("https://quay.example.com");
    change(&mut settings);
    settings.check().unwrap_err().message().unwrap().to_owned()
}

#[test]
fn the_defaults_are_good() {
    Settings::new("https://quay.example.com").check().unwrap();
}

#[test]
fn addresses() {
    let base = |url: &str| Settings::new(url).base().unwrap().to_string();
    assert_eq!(base("https://quay.example.com"), "https://quay.example.com/");
    assert_eq!(base(" https://example.com:8443/quay "), "https://example.com:8443/quay/");
    for bad in ["", "quay.example.com", "ftp://x", "https://", "https://a:b@x", "https://x?y", "https://x#y"] {
        assert!(refused(|settings| settings.url = bad.to_owned()).starts_with("`url` "), "{bad}");
    }
}

#[test]
fn every_bad_setting_is_named() {
    type Change = fn(&mut Settings);
    let cases: [(&str, Change); 14] = [
        ("connect_timeout", |s| s.connect_timeout = Duration::ZERO),
        ("request_timeout", |s| s.request_timeout = Duration::ZERO),
        ("retry_wait_max", |s| s.retry_wait_max = Duration::ZERO),
        ("max_concurrent_requests", |s| s.max_concurrent_requests = 0),
        ("max_response_mib", |s| s.max_response_size = 0),
        ("headers", |s| s.headers = vec![("bad name".into(), "x".into())]),
        ("headers", |s| s.headers = vec![("x".into(), "a\nb".into())]),
        ("headers", |s| s.headers = vec![("Authorization".into(), "x".into())]),
        ("user_agent_suffix", |s| s.user_agent.suffix = Some("a\nb".into())),
        ("proxy_url", |s| s.proxy_url = Some("user:s3cret".into())),
        ("ca_certificate", |s| s.ca_certificate = Some(Pem::Text("nonsense".into()))),
        ("ca_certificate", |s| s.ca_certificate = Some(Pem::File("/no/such/file".into()))),
        ("client_certificate", |s| s.client_key = Some(Pem::Text("-----BEGIN PRIVATE KEY-----".into()))),
        ("tls_server_name", |s| s.tls_server_name = Some("a b".into())),
    ];
    for (setting, change) in cases {
        let why = refused(change);
        assert!(why.starts_with(&format!("`{setting}` ")), "{setting}: {why}");
        assert!(!why.contains("s3cret"), "{why}");
    }
}

#[test]
fn a_certificate_and_its_key_must_belong_together() {
    let one = rcgen::generate_simple_self_signed(vec!["one".into()]).unwrap();
    let two = rcgen::generate_simple_self_signed(vec!["two".into()]).unwrap();
    let with = |key: String| {
        let mut settings = Settings::new("https://quay.example.com");
        settings.client_certificate = Some(Pem::Text(one.cert.pem()));
        settings.client_key = Some(Pem::Text(key));
        settings.check()
    };
    with(one.signing_key.serialize_pem()).unwrap();
    assert!(
        with(two.signing_key.serialize_pem())
            .unwrap_err()
            .message()
            .unwrap()
            .starts_with("`client_key` does not belong")
    );
    let both = format!("{}{}", one.cert.pem(), one.signing_key.serialize_pem());
    let mut settings = Settings::new("https://quay.example.com");
    settings.client_certificate = Some(Pem::text_or_file(&both));
    settings.check().unwrap();
}

#[test]
fn no_time_is_longer_than_the_clock_can_count() {
    type Setting = (&'static str, fn(&mut Settings) -> &mut Duration);
    let all: [Setting; 5] = [
        ("connect_timeout", |settings| &mut settings.connect_timeout),
        ("request_timeout", |settings| &mut settings.request_timeout),
        ("retry_wait_min", |settings| &mut settings.retry_wait_min),
        ("retry_wait_max", |settings| &mut settings.retry_wait_max),
        ("coalesce_max_age", |settings| &mut settings.coalesce_max_age),
    ];
    for (name, field) in all {
        for (value, is_good) in [
            (LONGEST, true),
            (LONGEST + Duration::from_nanos(1), false),
            (Duration::from_secs(u64::MAX), false),
            (Duration::MAX, false),
        ] {
            let mut settings = Settings::new("https://quay.example.com");
            settings.retry_wait_max = LONGEST;
            *field(&mut settings) = value;
            match settings.check() {
                Ok(()) => assert!(is_good, "{name}: {value:?}"),
                Err(error) => {
                    let why = error.message().unwrap();
                    assert!(!is_good && why.starts_with(&format!("`{name}` must not be longer")), "{value:?}: {why}");
                }
            }
        }
    }
}

#[test]
fn the_user_agent_tells_all_parts() {
    let mut settings = Settings::new("https://quay.example.com");
    settings.user_agent.product = "terraform-provider-quay".to_owned();
    settings.user_agent.version = "1.2.3".to_owned();
    settings.user_agent.terraform = Some("1.15.5".to_owned());
    settings.user_agent.suffix = Some(" team/7 ".to_owned());
    let headers = settings.common_headers().unwrap();
    assert_eq!(headers["user-agent"], "terraform-provider-quay/1.2.3 Terraform/1.15.5 team/7");
}

#[test]
fn risks_are_warned_of() {
    let warnings = |url: &str, insecure| Settings { insecure, ..Settings::new(url) }.warnings().len();
    assert_eq!(warnings("https://quay.example.com", false), 0);
    assert_eq!(warnings("https://quay.example.com", true), 1);
    assert_eq!(warnings("http://quay.example.com", false), 1);
    for local in ["http://127.0.0.1:8080", "http://[::1]", "http://localhost"] {
        assert_eq!(warnings(local, false), 0);
    }
}

#[test]
fn nothing_secret_shows() {
    let mut settings = Settings::new("https://quay.example.com");
    settings.client_key = Some(Pem::Text("s3cret".into()));
    settings.headers = vec![("x-key".into(), "s3cret".into())];
    assert!(!format!("{settings:?} {:?}", settings.client_key).contains("s3cret"));
}
