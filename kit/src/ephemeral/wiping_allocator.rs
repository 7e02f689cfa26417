//! The allocator of a process that carries chats: from the first one on, what is freed is overwritten. So the buffers of
//! libraries that know nothing of [`super::Ephemeral`] (HTTP, gRPC, JSON, TLS) leave nothing behind either, once they are freed.

#![expect(unsafe_code, reason = "an allocator can be nothing else")]

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicBool, Ordering};

static WIPES: AtomicBool = AtomicBool::new(false);

/// From now on this process overwrites what it frees. It costs a write of each freed byte, so only who carries chats asks for it;
/// nothing takes it back.
pub fn wipe_freed_memory() {
    WIPES.store(true, Ordering::Relaxed);
}

/// Hands on to another allocator.
pub struct WipingAllocator<A>(pub A);

impl<A> WipingAllocator<A> {
    fn wipes() -> bool {
        WIPES.load(Ordering::Relaxed)
    }
}

// SAFETY: each call is handed to the inner allocator with what it was called with. What is overwritten is a block that its owner
// gives back, within the size that it was asked for.
unsafe impl<A: GlobalAlloc> GlobalAlloc for WipingAllocator<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the inner allocator's conditions.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if Self::wipes() {
            // SAFETY: the block is the caller's until the inner allocator has it back. That it might be looked at there keeps the
            // compiler from leaving the writing out.
            unsafe { std::hint::black_box(block).write_bytes(0, layout.size()) };
        }
        // SAFETY: as above.
        unsafe { self.0.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !Self::wipes() {
            // SAFETY: as above.
            return unsafe { self.0.realloc(block, layout, size) };
        }

        // SAFETY: the caller has promised that the size fits the alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: as above.
        let moved = unsafe { self.0.alloc(wanted) };
        if !moved.is_null() {
            // SAFETY: both blocks are at least as long as the shorter one, and they are two. The old one goes back for good.
            unsafe {
                moved.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::System;
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        static SEEN: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    }

    /// Remembers what was in each block that came back.
    struct BlockWitness;

    // SAFETY: it hands on to the system's allocator.
    unsafe impl GlobalAlloc for BlockWitness {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller's promises.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the block is whole until it is given back.
            let content = unsafe { std::slice::from_raw_parts(block, layout.size()) }.to_vec();
            SEEN.with_borrow_mut(|seen| seen.push(content));
            // SAFETY: the caller's promises.
            unsafe { System.dealloc(block, layout) }
        }
    }

    #[test]
    fn what_is_freed_or_moved_is_overwritten_once_it_is_asked_for() {
        let allocator = WipingAllocator(BlockWitness);
        let layout = Layout::array::<u8>(6).unwrap();
        let fill = || {
            // SAFETY: the layout is not empty, and six bytes fit into it.
            unsafe {
                let block = allocator.alloc(layout);
                block.copy_from_nonoverlapping(b"secret".as_ptr(), 6);
                block
            }
        };

        // SAFETY: each block was made with this layout, and is given back once.
        unsafe {
            allocator.dealloc(fill(), layout);
            wipe_freed_memory();
            allocator.dealloc(fill(), layout);

            let moved = allocator.realloc(fill(), layout, 12);
            assert_eq!(std::slice::from_raw_parts(moved, 6), b"secret");
            allocator.dealloc(moved, Layout::array::<u8>(12).unwrap());
        }

        let seen = SEEN.take();
        assert_eq!(seen, [b"secret".to_vec(), vec![0; 6], vec![0; 6], vec![0; 12]]);
    }
}
