//! Runs a command, keeps what it says, and can interrupt it as a terminal would.

use std::fmt;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::signal::unix::{SignalKind, signal};

use crate::error::{Error, Result, ResultExt};
use crate::progress::{human, say};

/// How long a command may run in silence. No command of the tests comes near this; one that does hangs.
const LIMIT: Duration = Duration::from_secs(20 * 60);
/// How long one may run that shows its progress: whoever watches can stop it.
const LIMIT_WATCHED: Duration = Duration::from_secs(24 * 60 * 60);

/// A command that has ended.
#[derive(Clone)]
pub struct Finished {
    /// The command as one would type it, with the directory it ran in.
    pub command: String,
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// All of its standard output. Bytes that are no UTF-8 are replaced.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
    /// From its start to its end.
    pub duration: Duration,
}

impl Finished {
    /// Whether it exited with 0.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.code == Some(0)
    }

    /// Itself when it exited with 0.
    ///
    /// # Errors
    /// Everything that it said, when it exited otherwise.
    pub fn ok(self) -> Result<Self> {
        self.expect_code(&[0])
    }

    /// Itself when its exit code is one of `codes`.
    ///
    /// # Errors
    /// Everything that it said, when it is not.
    pub fn expect_code(self, codes: &[i32]) -> Result<Self> {
        match self.code {
            Some(code) if codes.contains(&code) => Ok(self),
            _ => Err(Error::new(self.to_string())),
        }
    }

    /// Both streams, for a test that looks for a message wherever it is.
    #[must_use]
    pub fn both(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = match self.code {
            Some(code) => format!("exit code {code}"),
            None => "ended by a signal".to_owned(),
        };
        writeln!(f, "{}\n{ended} after {}", self.command, human(self.duration))?;
        for (name, text) in [("standard output", &self.stdout), ("standard error", &self.stderr)] {
            if text.trim().is_empty() {
                writeln!(f, "({name} is empty)")?;
            } else {
                writeln!(f, "--- {name}\n{}", text.trim_end())?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Runs `command` to its end.
pub(crate) fn run(command: Command) -> Result<Finished> {
    Running::start(command, Group::Shared)?.wait()
}

/// Which process group a command gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// The caller's: Ctrl-C at the terminal reaches both.
    Shared,
    /// One of its own, which [`Running::interrupt`] can address.
    Own,
}

/// A command that runs. Dropped before its end, it is killed.
pub struct Running {
    child: Option<Child>,
    group: Group,
    command: String,
    started: Instant,
    limit: Duration,
    stdout: Arc<Captured>,
    stderr: Arc<Captured>,
    ended: mpsc::Receiver<()>,
}

impl Running {
    pub(crate) fn start(mut command: Command, group: Group) -> Result<Self> {
        command.stderr(Stdio::piped());
        Self::spawn(command, group, LIMIT)
    }

    /// Like [`start`](Self::start), with standard error shown to the person who waits instead of kept.
    pub(crate) fn start_showing_errors(mut command: Command, group: Group) -> Result<Self> {
        command.stderr(Stdio::inherit());
        Self::spawn(command, group, LIMIT_WATCHED)
    }

    fn spawn(mut command: Command, group: Group, limit: Duration) -> Result<Self> {
        let text = describe(&command);
        if group == Group::Own {
            command.process_group(0);
            stop_ignoring_interrupts().context(|| format!("interrupts would not reach {text}"))?;
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn().context(|| format!("cannot start {text}"))?;
        let (end, ended) = mpsc::channel();
        let stdout = Captured::follow(child.stdout.take(), end.clone());
        let stderr = Captured::follow(child.stderr.take(), end);
        Ok(Self { child: Some(child), group, command: text, started, limit, stdout, stderr, ended })
    }

    /// Waits until `text` has been said on standard output.
    ///
    /// # Errors
    /// When the command ends or hangs without it, with everything that it said.
    pub fn wait_for(mut self, text: &str) -> Result<Self> {
        if self.stdout.wait_for(text, self.left()) {
            return Ok(self);
        }
        let finished = self.finish()?;
        Err(Error::new(format!("`{text}` was never said\n{finished}")))
    }

    /// Sends SIGINT to the whole process group, as Ctrl-C at a terminal does: Terraform and its providers get it.
    ///
    /// # Errors
    /// When the command was not started in a group of its own, or has ended.
    pub fn interrupt(&self) -> Result<()> {
        if self.group != Group::Own {
            return Err(Error::new(format!("{} has no process group of its own", self.command)));
        }
        self.signal(Signal::INT)
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// When it cannot be waited for, or hangs.
    pub fn wait(mut self) -> Result<Finished> {
        self.finish()
    }

    /// Waits for the end, and says `line` after every `pause` until then.
    pub(crate) fn wait_saying(mut self, pause: Duration, line: impl Fn(Duration) -> String + Send) -> Result<Finished> {
        self.limit = LIMIT_WATCHED;
        let (stop, stopped) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let started = self.started;
            scope.spawn(move || {
                while stopped.recv_timeout(pause) == Err(mpsc::RecvTimeoutError::Timeout) {
                    say(line(started.elapsed()));
                }
            });
            let finished = self.wait();
            drop(stop);
            finished
        })
    }

    /// How long it may still run.
    fn left(&self) -> Duration {
        self.limit.saturating_sub(self.started.elapsed())
    }

    fn finish(&mut self) -> Result<Finished> {
        let mut hung = false;
        for _ in 0..2 {
            if !hung && self.ended.recv_timeout(self.left()) == Err(mpsc::RecvTimeoutError::Timeout) {
                hung = true;
                self.kill();
            }
        }
        let mut child = self.child.take().ok_or_else(|| Error::new("the command was already waited for"))?;
        let status = child.wait().context(|| format!("cannot wait for {}", self.command))?;
        let finished = Finished {
            command: self.command.clone(),
            code: status.code(),
            stdout: self.stdout.text(),
            stderr: self.stderr.text(),
            duration: self.started.elapsed(),
        };
        if hung {
            return Err(Error::new(format!("killed, because it ran for {}\n{finished}", human(self.limit))));
        }
        Ok(finished)
    }

    fn kill(&mut self) {
        if self.group == Group::Own {
            // The child itself is killed below in any case.
            let _ = self.signal(Signal::KILL);
        }
        if let Some(child) = &mut self.child {
            let _ = child.kill();
        }
    }

    /// Sends a signal to the whole process group.
    fn signal(&self, signal: Signal) -> Result<()> {
        let child = self.child.as_ref().ok_or_else(|| Error::new(format!("{} has ended", self.command)))?;
        kill_process_group(Pid::from_child(child), signal)
            .context(|| format!("cannot send {signal:?} to process group {}", child.id()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        if let Some(child) = &mut self.child {
            let _ = child.wait();
        }
    }
}

/// Gives SIGINT its default effect in all processes that are started from now on. On this process it has the same effect as before.
///
/// Shells ignore SIGINT in what they start in the background. A process inherits that, and a shell among its children cannot even trap the
/// signal then. But a signal that the parent handles has its default effect in the child again. (POSIX: `exec`, and `trap` of the shell.) So
/// where SIGINT is ignored, it gets a handler, which does nothing.
fn stop_ignoring_interrupts() -> io::Result<()> {
    // Without `unsafe`, only a child can find out: it ends well if what it has inherited is to ignore the signal.
    let ignored = Command::new("sh").args(["-c", "kill -s INT $$"]).stdin(Stdio::null()).status()?.success();
    if ignored {
        // The handler stays when the runtime is gone.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        drop(runtime.block_on(async { signal(SignalKind::interrupt()) })?);
    }
    Ok(())
}

/// What a stream has said so far.
#[derive(Default)]
struct Captured {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    ended: bool,
}

impl Captured {
    /// Reads `stream` to its end on a thread, then says so through `end`.
    fn follow(stream: Option<impl Read + Send + 'static>, end: mpsc::Sender<()>) -> Arc<Self> {
        let captured = Arc::new(Self::default());
        let own = Arc::clone(&captured);
        thread::spawn(move || {
            if let Some(mut stream) = stream {
                let mut buffer = [0; 8192];
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    own.lock().bytes.extend_from_slice(&buffer[..read]);
                    own.changed.notify_all();
                }
            }
            own.lock().ended = true;
            own.changed.notify_all();
            // Nobody listens when the command was dropped.
            let _ = end.send(());
        });
        captured
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock().bytes).into_owned()
    }

    /// Whether `text` comes before the stream ends, and before `limit` is over.
    fn wait_for(&self, text: &str, limit: Duration) -> bool {
        let contains = |state: &State| String::from_utf8_lossy(&state.bytes).contains(text);
        let (state, _) = self
            .changed
            .wait_timeout_while(self.lock(), limit, |state| !state.ended && !contains(state))
            .unwrap_or_else(PoisonError::into_inner);
        contains(&state)
    }
}

/// The command as one would type it.
fn describe(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| {
        let argument = argument.to_string_lossy();
        if argument.is_empty() || argument.contains([' ', '"', '\'']) {
            format!("{argument:?}")
        } else {
            argument.into_owned()
        }
    }));
    match command.get_current_dir() {
        Some(dir) => format!("$ {}   (in {})", words.join(" "), dir.display()),
        None => format!("$ {}", words.join(" ")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rustix::io::Errno;
    use rustix::process::test_kill_process;

    use super::*;

    /// Longer than anything here takes on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_code_and_both_streams_are_kept() {
        let finished = run(sh("echo out; echo err >&2; exit 3")).unwrap();
        assert_eq!((finished.code, finished.stdout.as_str(), finished.stderr.as_str()), (Some(3), "out\n", "err\n"));
        let error = finished.ok().unwrap_err().to_string();
        for part in ["sh -c", "exit code 3", "out", "err"] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn an_interrupt_reaches_the_whole_group() {
        // The shell reports the signal only after its child, which gets it too, has ended.
        let child = "trap \"echo child got it; exit 0\" INT; echo ready; while :; do sleep 0.1; done";
        let script = format!("trap 'echo shell got it' INT; sh -c '{child}'; exit 7");
        let mut running = Running::start(sh(&script), Group::Own).unwrap();
        running.limit = PATIENCE;
        let running = running.wait_for("ready").unwrap();
        running.interrupt().unwrap();
        let finished = running.wait().unwrap();
        assert_eq!(finished.code, Some(7), "{finished}");
        assert!(finished.stdout.contains("child got it") && finished.stdout.contains("shell got it"), "{finished}");
    }

    #[test]
    fn an_interrupt_reaches_the_whole_group_where_the_caller_ignores_it() {
        let mut command = sh("trap '' INT; exec \"$0\" --exact \"$1\"");
        command.arg(std::env::current_exe().unwrap()).arg("process::tests::an_interrupt_reaches_the_whole_group");
        let finished = run(command).and_then(Finished::ok).unwrap();
        assert!(finished.stdout.contains("1 passed"), "{finished}");
    }

    #[test]
    fn waiting_for_what_is_never_said_shows_what_was_said() {
        let error = Running::start(sh("echo something else"), Group::Shared).unwrap().wait_for("hello").err().unwrap();
        assert!(error.to_string().contains("something else"), "{error}");
    }

    #[test]
    fn what_hangs_is_killed_and_shows_what_was_said() {
        let mut running = Running::start(sh("echo something else; exec sleep 1000"), Group::Own).unwrap();
        running = running.wait_for("something else").unwrap();
        running.limit = Duration::ZERO;
        let error = running.wait_for("hello").err().unwrap().to_string();
        assert!(error.contains("killed") && error.contains("something else"), "{error}");
    }

    #[test]
    fn a_dropped_command_is_killed() {
        let running =
            Running::start(sh("echo started; exec sleep 1000"), Group::Own).unwrap().wait_for("started").unwrap();
        let process = Pid::from_child(running.child.as_ref().unwrap());
        drop(running);
        assert_eq!(test_kill_process(process), Err(Errno::SRCH));
    }

    #[test]
    fn a_command_that_is_not_there_is_named() {
        let error = run(Command::new("no-such-command-here")).unwrap_err().to_string();
        assert!(error.contains("no-such-command-here"), "{error}");
    }
}
