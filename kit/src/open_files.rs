//! How many files the process may have open, sockets included.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is taken where the system names no limit.
const PLENTY: u64 = 1 << 20;

/// Raises the soft limit to the hard one, as a process that polls may, and says how many files that is. Shells and service
/// managers begin with 1,024 for the sake of programs that use `select`, which this one does not.
pub fn raise_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let (Some(soft), hard) = (limit.current, limit.maximum.unwrap_or(PLENTY)) else {
        return PLENTY;
    };
    if soft >= hard {
        return soft;
    }

    let raised = Rlimit {
        current: Some(hard),
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => hard,
        Err(err) => {
            tracing::warn!(%err, soft, hard, "the limit of open files could not be raised");
            soft
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_the_hard_one_afterwards() {
        let most = raise_limit();
        let limit = getrlimit(Resource::Nofile);

        assert_eq!(limit.current.unwrap_or(PLENTY), most);
        assert_eq!(raise_limit(), most);
    }
}
