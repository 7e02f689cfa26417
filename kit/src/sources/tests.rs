//! Every bad spelling of a repository URL, and every address that is not public.

use std::net::IpAddr;

use super::{RepoUrlError as E, *};
use crate::error::ServiceError;

fn policy() -> SourcePolicy {
    let allow_hosts = ["github.com", "gitlab.com", "git.sr.ht", "git.example.org:8443"]
        .map(String::from)
        .to_vec();
    SourcePolicy {
        allow_hosts,
        allow_private: false,
        allow_local: false,
    }
}

fn private() -> SourcePolicy {
    let allow_hosts = ["github.com", "127.0.0.1", "localhost:3000", "[::1]:4000"]
        .map(String::from)
        .to_vec();
    SourcePolicy {
        allow_hosts,
        allow_private: true,
        allow_local: false,
    }
}

fn parse(text: &str) -> Result<RepoUrl, E> {
    RepoUrl::parse(text, &policy())
}

#[track_caller]
fn refused(text: &str) -> E {
    match parse(text) {
        Err(err) => err,
        Ok(url) => panic!("{text:?} was taken for {url}"),
    }
}

#[test]
fn a_repository_has_one_spelling() {
    for text in [
        "https://github.com/expressjs/express",
        "https://github.com/expressjs/express/",
        "https://github.com/expressjs/express.git",
        "https://github.com/expressjs/express.git/",
        "HTTPS://GitHub.COM:443/expressjs/express",
        "https://github.com./expressjs/express",
        "  https://github.com/expressjs/express  ",
    ] {
        let url = parse(text).unwrap_or_else(|err| panic!("{text:?}: {err}"));
        assert_eq!(url.as_str(), "https://github.com/expressjs/express", "{text:?}");
        assert_eq!(
            (url.host(), url.owner(), url.repo()),
            ("github.com", "expressjs", "express")
        );
        assert_eq!(url.name(), "expressjs/express");
        assert_eq!(
            parse(url.as_str()).as_ref(),
            Ok(&parse("https://github.com/expressjs/express").expect("taken"))
        );
    }

    let kept = parse("https://github.com/expressjs/express.git/").expect("taken");
    assert_eq!(kept.fetch_url(), "https://github.com/expressjs/express.git");
}

#[test]
fn forges_with_other_habits_are_understood() {
    let groups = parse("https://gitlab.com/a/b/c.git").expect("taken");
    assert_eq!(
        (groups.owner(), groups.repo(), groups.name().as_str()),
        ("a/b", "c", "a/b/c")
    );
    assert_eq!(
        parse("https://git.sr.ht/~sircmpwn/scdoc").expect("taken").owner(),
        "~sircmpwn"
    );

    let port = parse("https://git.example.org:8443/o/r").expect("taken");
    assert_eq!(
        (port.as_str(), port.host()),
        ("https://git.example.org:8443/o/r", "git.example.org")
    );
    assert_eq!(
        parse("https://github.com/o/node.js").expect("taken").repo(),
        "node.js"
    );
    assert_eq!(
        parse("https://github.com/o/.github").expect("taken").repo(),
        ".github"
    );
}

#[test]
fn a_host_that_is_not_listed_is_refused_by_name() {
    for host in [
        "evil.example",
        "github.com.evil.example",
        "evilgithub.com",
        "gist.github.com",
        "gіthub.com",
    ] {
        let err = refused(&format!("https://{host}/o/r"));
        assert!(matches!(err, E::UnknownHost { .. }), "{host}: {err:?}");
    }

    let err = refused("https://evil.example/o/r");
    assert_eq!(
        err.to_string(),
        "repositories of `evil.example` are not fetched here; allowed are github.com, gitlab.com, git.sr.ht, git.example.org:8443"
    );
    assert_eq!(err.reason(), "REPO_HOST_NOT_ALLOWED");
}

#[test]
fn an_address_of_this_network_is_refused_in_every_spelling() {
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "0",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "intranet",
        "8.8.8.8",
        "[2606:4700::1111]",
        "127.0.0.1:8000",
        "[::1]:8000",
    ] {
        let err = refused(&format!("https://{host}/o/r"));
        assert!(matches!(err, E::PrivateAddress { .. }), "{host}: {err:?}");
        assert_eq!(err.reason(), "REPO_ADDRESS_NOT_PUBLIC");
    }
}

#[test]
fn a_listed_address_is_still_refused_without_the_permission() {
    let closed = SourcePolicy {
        allow_private: false,
        ..private()
    };

    for text in [
        "https://127.0.0.1/o/r",
        "https://localhost:3000/o/r",
        "https://[::1]:4000/o/r",
    ] {
        assert!(
            matches!(RepoUrl::parse(text, &closed), Err(E::PrivateAddress { .. })),
            "{text}"
        );
    }
}

#[test]
fn loopback_is_for_whoever_allows_and_lists_it() {
    let parse = |text| RepoUrl::parse(text, &private());
    for text in [
        "http://127.0.0.1:41234/o/r.git",
        "http://127.0.0.1/o/r",
        "http://localhost:3000/o/r",
        "http://[::1]:4000/o/r",
    ] {
        parse(text).unwrap_or_else(|err| panic!("{text}: {err}"));
    }

    assert_eq!(
        parse("http://127.1:5/o/r").expect("taken").as_str(),
        "http://127.0.0.1:5/o/r"
    );
    assert!(matches!(
        parse("http://localhost:3001/o/r"),
        Err(E::Port { port: 3001, .. })
    ));
    assert!(matches!(
        parse("http://127.0.0.2:41234/o/r"),
        Err(E::UnknownHost { .. })
    ));
    assert!(matches!(parse("http://[::1]:5000/o/r"), Err(E::Port { .. })));
}

#[test]
fn ports_are_part_of_the_list() {
    assert!(matches!(
        refused("https://github.com:8443/o/r"),
        E::Port { port: 8443, .. }
    ));
    assert!(matches!(
        refused("https://git.example.org/o/r"),
        E::UnknownHost { .. }
    ));
    assert!(matches!(refused("https://github.com:99999/o/r"), E::Host));
}

#[test]
fn other_ways_to_fetch_are_refused() {
    for (text, expected) in [
        ("ext::sh -c whoami", E::RemoteHelper { scheme: "ext".into() }),
        ("EXT::sh", E::RemoteHelper { scheme: "ext".into() }),
        ("fd::17", E::RemoteHelper { scheme: "fd".into() }),
        (
            "https::https://github.com/o/r",
            E::RemoteHelper {
                scheme: "https".into(),
            },
        ),
        ("ssh://git@github.com/o/r", E::Ssh),
        ("git+ssh://github.com/o/r", E::Ssh),
        ("github.com:o/r.git", E::Ssh),
        ("root@github.com:o/r.git", E::Ssh),
        ("git@github.com:/o/r.git", E::Ssh),
        ("git@github.com:22:o/r.git", E::Ssh),
        ("git@[::1]:o/r.git", E::Ssh),
        ("git@git@github.com:o/r.git", E::Ssh),
        ("git://github.com/o/r", E::Scheme { scheme: "git".into() }),
        ("ftp://github.com/o/r", E::Scheme { scheme: "ftp".into() }),
        (
            "javascript://github.com/o/r",
            E::Scheme {
                scheme: "javascript".into(),
            },
        ),
        ("http://github.com/o/r", E::Unencrypted),
        ("file:///etc/passwd", E::Local),
        ("FILE:///etc/passwd", E::Local),
        ("/etc/passwd", E::NoScheme),
        ("../repo", E::NoScheme),
        ("github.com/o/r", E::NoScheme),
        ("o/r", E::NoScheme),
        ("//github.com/o/r", E::NoScheme),
        ("https:/github.com/o/r", E::NoScheme),
        ("https:github.com/o/r", E::NoScheme),
        ("not a url", E::NoScheme),
        ("ht tps://github.com/o/r", E::NoScheme),
        ("--upload-pack=touch /tmp/x", E::Option),
        ("-oProxyCommand=x", E::Option),
    ] {
        assert_eq!(refused(text), expected, "{text:?}");
    }
}

#[test]
fn credentials_are_refused_and_never_repeated() {
    for text in [
        "https://user:hunter2@github.com/o/r",
        "https://hunter2@github.com/o/r",
        "https://@github.com/o/r",
        "https://github.com:hunter2@evil.example/o/r",
        "https://:hunter2@github.com/o/r",
    ] {
        let err = refused(text);
        assert_eq!(err, E::Credentials, "{text:?}");
        assert!(!format!("{err} {err:?} {:?}", err.fields()).contains("hunter2"));
    }
}

#[test]
fn control_characters_are_refused_wherever_they_are() {
    for bad in [
        "\r\n", "\n", "\r", "\0", "\t", "\u{1b}", "\u{7f}", "\u{85}", "\u{2028}",
    ] {
        for text in [
            format!("{bad}https://github.com/o/r"),
            format!("https://github.com/o/r{bad}"),
            format!("https://git{bad}hub.com/o/r"),
            format!("https://github.com/o{bad}/r"),
            format!("ht{bad}tps://github.com/o/r"),
        ] {
            assert_eq!(refused(&text), E::Control, "{text:?}");
        }
    }
}

#[test]
fn text_that_parsers_repair_is_refused() {
    assert_eq!(
        refused("https://github.com\\@evil.example/o/r"),
        E::Character { found: '\\' }
    );

    for text in [
        "https:\\\\github.com\\o\\r",
        "https://github.com/o\\r",
        "https://github.com/o r/x",
        "https://github.com/o/<r>",
    ] {
        assert!(
            matches!(refused(text), E::Character { .. } | E::Ssh | E::NoScheme),
            "{text:?}"
        );
    }

    assert_eq!(refused("https:///github.com/o/r"), E::Host);
    assert_eq!(refused("https://"), E::Host);
    assert_eq!(refused("https:// /o/r"), E::Character { found: ' ' });
    assert!(matches!(refused("https://0x7f.0.0.0.1/o/r"), E::Host));
    assert!(matches!(refused("https://256.256.256.256/o/r"), E::Host));
    assert!(matches!(refused("https://[::1/o/r"), E::Host));
}

#[test]
fn the_path_must_name_exactly_a_repository() {
    for text in [
        "https://github.com",
        "https://github.com/",
        "https://github.com/expressjs",
        "https://github.com/expressjs/",
        "https://github.com/.git",
    ] {
        assert_eq!(refused(text), E::NoRepository, "{text:?}");
    }

    for part in [
        "..",
        ".",
        "",
        "-x",
        "%2e%2e",
        "a%00b",
        "a;b",
        "a$b",
        "a&b",
        "ü",
        "a:b",
        "...",
        &"x".repeat(129),
    ] {
        let text = format!("https://github.com/{part}/r");
        assert!(
            matches!(refused(&text), E::Part { .. }),
            "{text:?}: {:?}",
            refused(&text)
        );
    }

    assert!(matches!(refused("https://github.com/o//r"), E::Part { .. }));
    assert!(matches!(
        refused("https://github.com/o/.git"),
        E::NoRepository | E::Part { .. }
    ));
    for text in [
        "https://github.com/o/r/s",
        "https://github.com/o/r/tre/main",
        "https://github.com/o/r/tree/../../../x/y",
        "https://github.com/o/r/tree/%2e%2E/x",
        "https://github.com/o/r/-/../x",
        "https://git.sr.ht/~o/r/s/tree",
    ] {
        assert!(
            matches!(refused(text), E::Beyond { .. }),
            "{text}: {:?}",
            refused(text)
        );
    }
    for text in [
        "https://github.com/orgs/o/projects/3",
        "https://github.com/users/o/projects/3",
        "https://gitlab.com/groups/o/-/issues",
    ] {
        assert!(
            matches!(refused(text), E::Beyond { .. }),
            "{text}: {:?}",
            refused(text)
        );
    }
}

#[test]
fn what_people_copy_means_the_repository() {
    for text in [
        "https://www.github.com/o/r",
        "https://WWW.GitHub.com./o/r",
        "git@github.com:o/r.git",
        "git@GitHub.com:o/r",
        "https://github.com/o/r?tab=readme-ov-file#readme",
        "https://github.com/o/r#installation",
        "https://github.com/o/r.git?x=1",
        "https://github.com/o/r/?tab=activity",
        "https://github.com/o/r/tree/main",
        "https://github.com/o/r/tree/main/src/",
        "https://github.com/o/r/tree/feature/a%20b/sr%C3%A7",
        "https://github.com/o/r/blob/main/src/lib.rs?plain=1#L10-L20",
        "https://github.com/o/r/issues?q=is%3Aopen+label%3A%22help+wanted%22",
        "https://github.com/o/r/pull/12/files#diff-0",
        "https://github.com/o/r/commits/main/",
        "https://github.com/o/r/releases/tag/v1.0.0",
        "https://www.github.com/o/r/wiki",
    ] {
        let url = parse(text).unwrap_or_else(|err| panic!("{text:?}: {err}"));
        assert_eq!(url.as_str(), "https://github.com/o/r", "{text:?}");
        assert!(url.fetch_url().starts_with("https://github.com/o/r"), "{text:?}");
    }

    for (text, name) in [
        ("https://gitlab.com/a/b/c/-/tree/main/src", "a/b/c"),
        ("https://gitlab.com/a/b/-/merge_requests/3", "a/b"),
        ("https://gitlab.com/a/b/tree/main", "a/b"),
        ("git@gitlab.com:a/b/c.git", "a/b/c"),
        ("https://git.example.org:8443/a/b/-/blob/main/x.rs", "a/b"),
        ("https://git.sr.ht/~a/b/tree/master/item/x.c", "~a/b"),
        ("git@git.sr.ht:~a/b", "~a/b"),
    ] {
        let url = parse(text).unwrap_or_else(|err| panic!("{text:?}: {err}"));
        assert_eq!(url.name(), name, "{text:?}");
    }
}

#[test]
fn what_looks_like_a_repository_elsewhere_is_still_elsewhere() {
    for text in [
        "https://evil.example?@github.com/o/r",
        "https://evil.example#@github.com/o/r",
        "https://www.evil.example/o/r",
        "https://www.www.github.com/o/r",
        "https://wwwgithub.com/o/r",
        "git@evil.example:o/r.git",
        "git@www.evil.example:o/r.git",
    ] {
        assert!(
            matches!(refused(text), E::UnknownHost { .. }),
            "{text}: {:?}",
            refused(text)
        );
    }
    for text in [
        "git@127.0.0.1:o/r.git",
        "git@127.1:o/r",
        "git@localhost:o/r",
        "https://www.localhost/o/r",
        "git@intranet:o/r",
    ] {
        assert!(
            matches!(refused(text), E::PrivateAddress { .. }),
            "{text}: {:?}",
            refused(text)
        );
    }

    assert_eq!(refused("https://github.com?x=/o/r"), E::NoRepository);
    assert_eq!(refused("https://github.com#/o/r"), E::NoRepository);
    assert_eq!(refused("https://user:hunter2@www.github.com/o/r"), E::Credentials);
    assert!(matches!(
        refused("https://www.github.com:8443/o/r"),
        E::UnknownHost { .. } | E::Port { .. }
    ));
}

#[test]
fn a_refused_host_lists_the_allowed_ones_once() {
    let err = refused("https://evil.example/o/r");
    let told = format!("{}; {err}", err.fields()[0].expected);

    assert_eq!(told.matches("gitlab.com").count(), 1, "{told}");
}

#[test]
fn a_url_without_end_is_refused() {
    assert_eq!(refused(""), E::Empty);
    assert_eq!(refused("   "), E::Empty);
    let long = format!("https://github.com/o/{}", "r".repeat(1_000));
    assert_eq!(refused(&long), E::TooLong { len: 1_021 });
}

#[test]
fn every_refusal_names_the_field_and_what_was_expected() {
    for text in [
        "",
        "o/r",
        "https://evil.example/o/r",
        "https://10.0.0.1/o/r",
        "ssh://x/y",
    ] {
        let fields = refused(text).fields();
        assert_eq!(fields[0].field, "repo_url");
        assert!(
            fields[0].expected.starts_with("an https URL"),
            "{}",
            fields[0].expected
        );
    }
}

#[test]
fn a_local_repository_is_for_the_command_line() {
    let policy = policy().with_local();
    let url = RepoUrl::parse("file:///home/me/my%20project/", &policy).expect("taken");

    assert_eq!(
        url.local_path().expect("a path"),
        std::path::Path::new("/home/me/my project")
    );
    assert_eq!(url.name(), "local/my project");
    assert_eq!(
        RepoUrl::parse("file:///srv/saga.git", &policy)
            .expect("taken")
            .repo(),
        "saga"
    );

    assert_eq!(
        RepoUrl::parse("file:///srv/saga/.git", &policy)
            .expect("taken")
            .repo(),
        "saga"
    );

    for bad in ["file://host/share", "file:///", "file:///a?b", "file:///a#b"] {
        assert_eq!(RepoUrl::parse(bad, &policy), Err(E::LocalPath), "{bad:?}");
    }
}

#[test]
fn a_redirect_is_held_to_the_same_rules() {
    let check = |text: &str| policy().check_target(&text.parse().expect("a URL"));
    assert_eq!(
        check("https://github.com/o/r.git/info/refs?service=git-upload-pack"),
        Ok(())
    );

    assert!(matches!(
        check("https://evil.example/o/r"),
        Err(E::UnknownHost { .. })
    ));
    assert!(matches!(check("http://github.com/o/r"), Err(E::Unencrypted)));
    assert!(matches!(check("https://x:y@github.com/o/r"), Err(E::Credentials)));
    assert!(matches!(
        check("https://169.254.169.254/latest"),
        Err(E::PrivateAddress { .. })
    ));
    assert!(matches!(check("file:///etc/passwd"), Err(E::Scheme { .. })));
}

#[test]
fn a_name_that_leads_to_a_private_address_is_refused_after_resolution() {
    let ips = |list: &[&str]| {
        list.iter()
            .map(|ip| ip.parse().expect("an address"))
            .collect::<Vec<IpAddr>>()
    };
    let check = |list: &[&str]| policy().check_resolved("github.com", &ips(list));

    assert_eq!(check(&["140.82.121.4", "2606:50c0::1"]), Ok(()));
    assert!(matches!(check(&["127.0.0.1"]), Err(E::PrivateAddress { .. })));
    assert!(
        matches!(
            check(&["140.82.121.4", "10.0.0.1"]),
            Err(E::PrivateAddress { .. })
        ),
        "one bad answer is enough"
    );
    assert!(matches!(check(&[]), Err(E::Unresolved { .. })));
    assert_eq!(
        private().check_resolved("localhost", &ips(&["127.0.0.1"])),
        Ok(())
    );
}

#[test]
fn only_addresses_of_the_public_internet_are_public() {
    for ip in [
        "0.0.0.0",
        "0.1.2.3",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.255.255.255",
        "169.254.0.1",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:a00:1::",
        "2002:c0a8:101::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!is_public(ip.parse().expect("an address")), "{ip}");
    }

    for ip in [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.0",
        "140.82.121.4",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2001:4860:4860::8888",
        "2002:808:808::",
        "2606:4700::1111",
        "2a00:1450::1",
        "3fff:1000::1",
    ] {
        assert!(is_public(ip.parse().expect("an address")), "{ip}");
    }
}
