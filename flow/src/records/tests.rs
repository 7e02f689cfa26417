//! When a checkpoint is whole, and when old ones may go.

use super::*;

fn chain() -> Chain {
    let input = SavedCheckpoint {
        step: 0,
        base: 0,
        record: vec![],
        spilled: None,
    };
    Chain::resume(&[input], b"state".to_vec())
}

fn commit(chain: &mut Chain, step: u64, state: &[u8]) -> Encoded {
    let encoded = chain.encode(step, &Frontier::default(), state);
    chain.committed(step, encoded.base, encoded.record.len(), state.to_vec());
    encoded
}

/// Steps of the whole records among `steps` checkpoints.
fn whole(steps: u64, state: impl Fn(u64) -> Vec<u8>) -> Vec<u64> {
    let mut chain = chain();
    (1..=steps)
        .filter(|step| commit(&mut chain, *step, &state(*step)).base == *step)
        .collect()
}

#[test]
fn a_long_chain_is_cut_after_its_longest_length() {
    let large = |step: u64| {
        let mut state = vec![b'x'; 50_000];
        state[step as usize] = b'y';
        state
    };
    assert_eq!(whole(70, large), [33, 66]);
}

#[test]
fn a_chain_that_costs_as_much_as_the_state_is_cut() {
    let noise = |step: u64| blake3::hash(&step.to_le_bytes()).to_hex().repeat(8).into_bytes();
    let whole = whole(20, noise);
    assert!(
        whole.len() > 1 && whole.windows(2).all(|pair| pair[1] - pair[0] < 20),
        "{whole:?}"
    );
}

#[test]
fn every_step_of_a_chain_reads_back() {
    let mut chain = chain();
    let mut records: Vec<SavedCheckpoint> = Vec::new();

    for step in 1..=40 {
        let state = format!("the state of step {step} ")
            .repeat(step as usize % 7 + 1)
            .into_bytes();
        let encoded = commit(&mut chain, step, &state);
        records.push(SavedCheckpoint {
            step,
            base: encoded.base,
            record: encoded.record,
            spilled: None,
        });

        let input = SavedCheckpoint {
            step: 0,
            base: 0,
            record: codec::encode_full(&Frontier::default(), b"state"),
            spilled: None,
        };

        let from = records.iter().filter(|r| r.step >= encoded.base).cloned();
        let needed: Vec<_> = (encoded.base == 0)
            .then_some(input)
            .into_iter()
            .chain(from)
            .collect();
        let read = futures::executor::block_on(read_chain(&needed, None)).unwrap();

        assert_eq!(read.1, state);
    }
}

/// After the commit of a step the newest three stay, and whatever they are read through.
#[test]
fn pruning_keeps_whole_segments() {
    let mut chain = chain();
    chain.segments = vec![0, 4, 6];
    let pruned: Vec<_> = (6..=10).map(|step| chain.prune_below(step, 3)).collect();
    assert_eq!(pruned, [Some(4), None, Some(6), None, None]);
    assert_eq!(chain.segments, [6]);
}

#[test]
fn nothing_is_pruned_from_a_young_run() {
    let mut chain = chain();
    assert_eq!(
        (1..=30).filter_map(|step| chain.prune_below(step, 10)).next(),
        None
    );
}
