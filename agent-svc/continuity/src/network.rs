//! A simple temporal network: points in time and how far apart they may be. It tells which bounds can't hold together.

use std::collections::VecDeque;

/// `to - from <= most`.
#[derive(Debug, Clone, Copy)]
struct Edge {
    from: usize,
    to: usize,
    most: i64,
    source: usize,
}

#[derive(Default)]
pub(crate) struct Network {
    /// Edges by where they begin.
    edges: Vec<Vec<Edge>>,
}

impl Network {
    pub(crate) fn with_points(count: usize) -> Self {
        Self {
            edges: vec![Vec::new(); count],
        }
    }

    /// Takes `least <= to - from <= most` in if it fits all that is in already; else answers with the source of a bound that
    /// it contradicts, and leaves the network as it was.
    pub(crate) fn bound(
        &mut self,
        from: usize,
        to: usize,
        least: i64,
        most: i64,
        source: usize,
    ) -> Result<(), usize> {
        for (start, end, limit) in [(from, to, most), (to, from, -least)] {
            // The shortest way back from the end; together with the new edge it must not be a gain.
            if let Some((back, other)) = self.find_distance(end, start)
                && back + limit < 0
            {
                return Err(other);
            }
        }
        self.edges[from].push(Edge {
            from,
            to,
            most,
            source,
        });
        self.edges[to].push(Edge {
            from: to,
            to: from,
            most: -least,
            source,
        });

        Ok(())
    }

    /// The shortest distance, and the source of its last edge. The network has no negative cycle, so it ends.
    fn find_distance(&self, from: usize, to: usize) -> Option<(i64, usize)> {
        let mut best: Vec<Option<(i64, usize)>> = vec![None; self.edges.len()];
        best[from] = Some((0, usize::MAX));
        let mut queue = VecDeque::from([from]);
        while let Some(point) = queue.pop_front() {
            let Some((distance, _)) = best[point] else {
                continue;
            };
            for edge in &self.edges[point] {
                debug_assert_eq!(edge.from, point);
                let next = distance + edge.most;
                if best[edge.to].is_none_or(|(known, _)| next < known) {
                    best[edge.to] = Some((next, edge.source));
                    queue.push_back(edge.to);
                }
            }
        }

        best[to]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_so_together_is_named() {
        let mut network = Network::with_points(3);
        assert_eq!(network.bound(0, 1, 60, 120, 1), Ok(()));
        assert_eq!(network.bound(1, 2, 60, 60, 2), Ok(()));
        // In all it takes two hours at least.
        assert!(network.bound(0, 2, 0, 100, 3).is_err());
        assert_eq!(network.bound(0, 2, 0, 150, 4), Ok(()));
        assert!(network.bound(0, 1, 100, 200, 5).is_err());
    }
}
