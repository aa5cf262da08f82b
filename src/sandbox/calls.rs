//! System calls that a run has no use for are refused: the only file that names seccomp.

/// Refuses the calling thread, and what it starts from here on, the calls by which a process starts programs, looks into other
/// processes, changes who it is, or changes the machine: each fails with EPERM. Whether the kernel does so; where it cannot, or
/// on another architecture, the process goes on as it was.
#[must_use]
pub fn refuse_calls() -> bool {
    kernel::refuse_calls().is_some()
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod kernel {
    use seccompiler::{apply_filter, sock_filter};

    use crate::sandbox::names::names_are_resolved_as_usual;

    /// A list of what is refused and not of what is allowed: the C library, and the modules by which it resolves names, may
    /// use calls that are not known here, and a reminder must not be lost by that.
    const REFUSED: [libc::c_long; 56] = [
        libc::SYS_execve,
        libc::SYS_execveat,
        // Other processes.
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_kcmp,
        libc::SYS_pidfd_getfd,
        // File systems and namespaces.
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        libc::SYS_fsopen,
        libc::SYS_fsconfig,
        libc::SYS_fsmount,
        libc::SYS_fspick,
        libc::SYS_mount_setattr,
        libc::SYS_open_by_handle_at,
        libc::SYS_setns,
        libc::SYS_unshare,
        // The kernel, and the parts of it by which it is attacked most.
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_kexec_load,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_fanotify_init,
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_personality,
        libc::SYS_syslog,
        // Who the process is.
        libc::SYS_setuid,
        libc::SYS_setgid,
        libc::SYS_setreuid,
        libc::SYS_setregid,
        libc::SYS_setresuid,
        libc::SYS_setresgid,
        libc::SYS_setfsuid,
        libc::SYS_setfsgid,
        libc::SYS_setgroups,
        libc::SYS_capset,
        // The machine.
        libc::SYS_reboot,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_acct,
        libc::SYS_quotactl,
        libc::SYS_vhangup,
        libc::SYS_sethostname,
        libc::SYS_setdomainname,
        libc::SYS_settimeofday,
        libc::SYS_clock_settime,
        libc::SYS_clock_adjtime,
        libc::SYS_adjtimex,
    ];

    /// Keys of the kernel: a module that logs in by Kerberos to resolve a name has its tickets there.
    const KEYS: [libc::c_long; 3] = [libc::SYS_add_key, libc::SYS_request_key, libc::SYS_keyctl];

    /// How the kernel names the architecture of a call (`AUDIT_ARCH_…`).
    #[cfg(target_arch = "x86_64")]
    const ARCHITECTURE: u32 = 0xC000_003E;
    #[cfg(target_arch = "aarch64")]
    const ARCHITECTURE: u32 = 0xC000_00B7;
    /// From here on x86-64 has the same calls for programs with short addresses, which this is not; other architectures have none.
    const SHORT_ADDRESSES: u32 = 0x4000_0000;

    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const IS: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    const IS_AT_LEAST: u32 = libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K;
    const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
    /// Where the number of a call and its architecture stand in `struct seccomp_data`.
    const OF_NUMBER: u32 = 0;
    const OF_ARCHITECTURE: u32 = 4;

    pub(super) fn refuse_calls() -> Option<()> {
        apply_filter(&filter(names_are_resolved_as_usual())?).ok()
    }

    /// A call of another architecture is refused, whatever it is.
    fn filter(keys: bool) -> Option<Vec<sock_filter>> {
        let refused = libc::SECCOMP_RET_ERRNO | u32::try_from(libc::EPERM).ok()?;
        let mut filter = vec![
            instruction(LOAD, OF_ARCHITECTURE, [0, 0])?,
            instruction(IS, ARCHITECTURE, [1, 0])?,
            instruction(RETURN, refused, [0, 0])?,
            instruction(LOAD, OF_NUMBER, [0, 0])?,
            instruction(IS_AT_LEAST, SHORT_ADDRESSES, [0, 1])?,
            instruction(RETURN, refused, [0, 0])?,
        ];
        let calls = REFUSED.iter().chain(KEYS.iter().filter(|_| keys));
        let mut calls: Vec<u32> = calls.map(|call| u32::try_from(*call)).collect::<Result<_, _>>().ok()?;
        calls.sort_unstable();
        filter.extend(search(&calls, refused)?);
        Some(filter)
    }

    /// Halves the sorted `calls` until a few are left: the kernel goes through a filter once for each call there is.
    fn search(calls: &[u32], refused: u32) -> Option<Vec<sock_filter>> {
        const FEW: usize = 3;
        if calls.len() > FEW {
            let (below, above) = calls.split_at(calls.len() / 2);
            let first = *above.first()?;
            let (below, above) = (search(below, refused)?, search(above, refused)?);
            let begin = instruction(IS_AT_LEAST, first, [u8::try_from(below.len()).ok()?, 0])?;
            return Some([vec![begin], below, above].concat());
        }
        let mut filter = Vec::new();
        for call in calls {
            filter.push(instruction(IS, *call, [0, 1])?);
            filter.push(instruction(RETURN, refused, [0, 0])?);
        }
        filter.push(instruction(RETURN, libc::SECCOMP_RET_ALLOW, [0, 0])?);
        Some(filter)
    }

    /// `skipped` is how many of the following are passed over: where a comparison holds, and where it does not.
    fn instruction(code: u32, value: u32, skipped: [u8; 2]) -> Option<sock_filter> {
        Some(sock_filter { code: u16::try_from(code).ok()?, jt: skipped[0], jf: skipped[1], k: value })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// What the kernel makes of it.
        fn outcome(filter: &[sock_filter], architecture: u32, number: u32) -> u32 {
            let (mut at, mut loaded) = (0, 0);
            loop {
                let next = &filter[at];
                let holds = match u32::from(next.code) {
                    LOAD => {
                        loaded = if next.k == OF_NUMBER { number } else { architecture };
                        true
                    }
                    IS => loaded == next.k,
                    IS_AT_LEAST => loaded >= next.k,
                    _ => return next.k,
                };
                at += 1 + usize::from(if holds { next.jt } else { next.jf });
            }
        }

        #[test]
        fn what_is_refused_fails_with_eperm_and_all_else_is_allowed() {
            let refused = libc::SECCOMP_RET_ERRNO | 1;
            let (all, without_keys) = (filter(true).unwrap(), filter(false).unwrap());
            for number in 0..1000 {
                let is_key = KEYS.contains(&number.into());
                let is_refused = REFUSED.contains(&number.into());
                let expected = |is_refused| if is_refused { refused } else { libc::SECCOMP_RET_ALLOW };
                assert_eq!(outcome(&all, ARCHITECTURE, number), expected(is_refused || is_key), "{number}");
                assert_eq!(outcome(&without_keys, ARCHITECTURE, number), expected(is_refused), "{number}");
                assert_eq!(outcome(&all, ARCHITECTURE, number | SHORT_ADDRESSES), refused, "{number}");
                assert_eq!(outcome(&all, 0x4000_0003, number), refused, "{number} of 32 bits");
            }
        }
    }
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod kernel {
    pub(super) fn refuse_calls() -> Option<()> {
        None
    }
}
