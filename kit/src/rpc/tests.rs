use super::*;

#[test]
fn a_request_id_from_outside_is_checked() {
    assert!(RequestId::parse("a-B_3.x").is_some());
    for bad in ["", "a b", "a\nb", "é", &"x".repeat(65)] {
        assert!(RequestId::parse(bad).is_none(), "{bad:?}");
    }
    assert!(RequestId::parse(RequestId::random().as_str()).is_some());
}
