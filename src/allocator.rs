//! The allocator of the process.

#![expect(unsafe_code, reason = "the allocator's options are set by a function of C")]

use kit::ephemeral::WipingAllocator;

/// A request allocates some hundred small values on one thread and frees them on another, which the C library's own
/// allocator is slow at. Once a chat has passed through, what is freed is overwritten.
#[global_allocator]
static ALLOCATOR: WipingAllocator<mimalloc::MiMalloc> = WipingAllocator(mimalloc::MiMalloc);

/// `mi_option_purge_delay` of `mimalloc.h`; the crate has no name for it.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
/// By this variable an operator chooses another delay, in milliseconds.
const DELAY_VARIABLE: &str = "MIMALLOC_PURGE_DELAY";

/// What is free goes back to the system at once. The allocator looks at what it could give back only while it is asked for something, so
/// that with its delay of a second a process that has become idle keeps what it needed last: twice of what it holds, after a start.
pub(crate) fn return_memory_at_once() {
    if std::env::var_os(DELAY_VARIABLE).is_some() {
        return;
    }

    // SAFETY: no other thread runs yet; the option is one of this version's, and any number is a valid delay.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, 0) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_delay() -> std::ffi::c_long {
        // SAFETY: reads a number.
        unsafe { libmimalloc_sys::mi_option_get(PURGE_DELAY) }
    }

    #[test]
    fn the_number_is_that_of_the_delay_and_the_delay_is_set() {
        if std::env::var_os(DELAY_VARIABLE).is_some() {
            return;
        }
        assert_eq!(read_delay(), 1000, "what mimalloc.h says of it");

        return_memory_at_once();

        assert_eq!(read_delay(), 0);
    }
}
