//! Opening what a command works on: the policy file and the state.
