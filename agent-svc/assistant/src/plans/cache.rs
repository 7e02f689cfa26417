//! Plans that were made before, without what was in them: no variable of a caller's is kept.

use std::num::NonZeroUsize;

use lru::LruCache;
use proto::tasks::adiuva::ExecutionPlan;

/// How many plans are kept; whichever was not asked for longest goes.
pub const CACHED_PLANS: usize = 1_000;

/// Plans by agent, intent and templates.
pub struct PlanCache(LruCache<String, ExecutionPlan>);

impl Default for PlanCache {
    fn default() -> Self {
        Self(LruCache::new(
            NonZeroUsize::new(CACHED_PLANS).unwrap_or(NonZeroUsize::MIN),
        ))
    }
}

impl PlanCache {
    /// The name of a plan: nothing of a message or its context is in it.
    #[must_use]
    pub fn key(agent: &str, intent: &str, plan: &ExecutionPlan) -> String {
        let templates: Vec<&str> = plan
            .steps
            .iter()
            .filter_map(|step| step.prompt_template.as_deref())
            .collect();
        format!("{agent}/{intent}/{}", templates.join("+"))
    }

    /// Keeps the plan without its variables.
    pub fn cache_plan(&mut self, key: String, plan: &ExecutionPlan) {
        let mut bare = plan.clone();
        bare.steps.iter_mut().for_each(|step| step.variables = None);
        self.0.put(key, bare);
    }

    pub fn get_plan(&mut self, key: &str) -> Option<&ExecutionPlan> {
        self.0.get(key)
    }

    #[must_use]
    pub fn count_plans(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::list_playbooks;

    #[test]
    fn a_thousand_plans_are_kept_without_variables_and_the_one_unasked_for_longest_goes() {
        let plan = list_playbooks().remove(0).plan;
        assert!(plan.steps.iter().any(|step| step.variables.is_some()));
        let mut cache = PlanCache::default();
        for number in 0..CACHED_PLANS {
            cache.cache_plan(PlanCache::key("adiuva.task", &number.to_string(), &plan), &plan);
        }
        let first = PlanCache::key("adiuva.task", "0", &plan);
        let kept = cache.get_plan(&first).unwrap();
        assert!(kept.steps.iter().all(|step| step.variables.is_none()));
        assert_eq!(first, "adiuva.task/0/task.from_email");

        cache.cache_plan("one more".to_owned(), &plan);
        assert_eq!(cache.count_plans(), CACHED_PLANS);
        assert!(cache.get_plan(&first).is_some());
        assert!(
            cache
                .get_plan(&PlanCache::key("adiuva.task", "1", &plan))
                .is_none()
        );
    }
}
