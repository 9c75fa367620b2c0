//! What the simulation found, as Markdown and pictures.

use std::fmt::Write;

use super::plot::{Line, Plot, short};
use super::scenes::Scene;
use super::world::Outcome;

/// A scene with its outcomes: by policy, then by load.
pub(crate) struct Measured {
    scene: Scene,
    outcomes: Vec<Vec<Outcome>>,
}

/// What stands above the scenes.
pub(crate) fn beginning() -> String {
    "# Which strategy for which pool\n\
     \n\
     | `strategy` | Who is asked | For |\n\
     |---|---|---|\n\
     | `weighted` | everybody in turn, in exact shares | like replicas, canaries; known speeds as weights |\n\
     | `least_busy` | of two drawn by chance, the one with fewer requests for its weight | answers of very different length, replicas of unknown speed |\n\
     | `fastest` | of two drawn by chance, the one with the smaller product of its latency to the first token, as it was lately at worst, and its requests | replicas that become slow |\n\
     | `sticky` | the one that has the conversation already, as long as it has no more than 1.25 of its fair share | engines with prefix caches |\n\
     | `first` | always the first in the file that works | a preferred house with reserves |\n\
     \n\
     With `slow_start: 30s` on a backend (or in `defaults`), one that is new in a running table, in service again\n\
     or recovered begins with a tenth of its share, which grows to all of it in that time; under every strategy.\n\
     With `load: vllm`, `llama.cpp` or `sglang` the engine is asked every 2 s how many requests it works on:\n\
     with several routers, or clients beside the router, that is more than any router can count.\n\
     \n\
     What follows is simulated, with the router's own code for every pick (`cargo bench --bench simulation`\n\
     makes this page anew; the seed is fixed). A replica has eight slots and a queue, reads 2,000 tokens of a prompt\n\
     in a second and writes 40 tokens of an answer. Requests come by chance, whether earlier ones are done or not.\n\
     *Load* is the part of all slots that would be busy if none idled while another has a queue. Real engines\n\
     differ in much; what carries over is who is better than whom, and from where on.\n"
        .to_owned()
}

/// What stands below them.
pub(crate) fn end() -> String {
    "\n`first` has no picture: it is for cost or trust rather than speed. As long as the first works, it has all\n\
     requests, be it busy or not.\n"
        .to_owned()
}

// === impl Measured ===

impl Measured {
    /// Runs a scene.
    pub(crate) fn of(scene: Scene) -> Self {
        let all = |policy| scene.loads.iter().map(|load| scene.outcome(policy, *load)).collect();
        let outcomes = scene.policies.iter().map(|policy| all(*policy)).collect();
        Self { scene, outcomes }
    }

    /// Returns the pictures with their names.
    pub(crate) fn pictures(&self) -> Vec<(String, String)> {
        let name = self.scene.name;
        let title = format!("{}: the slowest of 100 requests", self.scene.title);
        let tail = Plot {
            title,
            x: "load",
            y: "seconds to the first token (p99)",
            most: self.scene.most,
            steps: 4,
            label: short,
            lines: self.lines(|outcome| outcome.percentile(0.99)),
        };
        let mut pictures = vec![(format!("{name}-tail.svg"), tail.svg())];
        if self.scene.caches {
            let hits = Plot {
                title: format!("{}: what the cache had", self.scene.title),
                x: "load",
                y: "part of the prompts' tokens",
                most: 1.0,
                steps: 4,
                label: short,
                lines: self.lines(Outcome::hits),
            };
            pictures.push((format!("{name}-hits.svg"), hits.svg()));
        }
        pictures
    }

    fn lines(&self, value: impl Fn(&Outcome) -> f64) -> Vec<Line> {
        let policies = self.scene.policies.iter().zip(&self.outcomes);
        let line = policies.map(|(policy, outcomes)| Line {
            name: policy.name,
            points: self.scene.loads.iter().copied().zip(outcomes.iter().map(&value)).collect(),
        });
        line.collect()
    }

    /// Writes its part of the page.
    pub(crate) fn section(&self) -> String {
        let Scene { title, text, loads, .. } = &self.scene;
        let mut page = format!("\n## {title}\n\n{text}\n");
        for (name, _) in self.pictures() {
            let what = if name.contains("hits") { "the cache's hits" } else { "tail latency" };
            write!(page, "\n![{title}: {what} by load](strategies/{name})\n").expect("a text takes all");
        }
        page += "\n| Load | | median | p99 |";
        page += if self.scene.caches {
            " from the cache |\n|---|---|---|---|---|\n"
        } else {
            "\n|---|---|---|---|\n"
        };
        let claimed = self.scene.claim.1;
        for wanted in [claimed - 0.2, claimed, claimed + 0.2] {
            let Some(at) = loads.iter().position(|load| (load - wanted).abs() < 0.01) else { continue };
            for (policy, outcomes) in self.scene.policies.iter().zip(&self.outcomes) {
                let outcome = &outcomes[at];
                let [median, tail] = [0.5, 0.99].map(|share| outcome.percentile(share));
                write!(page, "| {:.0} % | {} | {median:.2} s | {tail:.2} s |", wanted * 100.0, policy.name)
                    .expect("a text takes all");
                if self.scene.caches {
                    write!(page, " {:.0} % |", outcome.hits() * 100.0).expect("a text takes all");
                }
                page.push('\n');
            }
        }
        page
    }

    /// Tells by how much those are better that must be: round robin's tail divided by theirs.
    pub(crate) fn claims(&self) -> Vec<(&'static str, f64)> {
        let (better, load) = self.scene.claim;
        let at = self.scene.loads.iter().position(|known| (known - load).abs() < 0.01).expect("a load of it");
        let tail = |n: usize| self.outcomes[n][at].percentile(0.99);
        let policies = self.scene.policies.iter().enumerate();
        let claimed = policies.filter(|(_, policy)| better.contains(&policy.name));
        claimed.map(|(n, policy)| (policy.name, tail(0) / tail(n))).collect()
    }
}
