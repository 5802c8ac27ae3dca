;; SPDX-License-Identifier: Apache-2.0
;; The command loop of a guest: reads frames on fd 0, runs QuickJS, writes frames on fd 1.
;;
;; A frame is: u32 length of the payload · u32 type · payload; little endian. `_start` handles frames
;; until fd 0 has no more and then returns, with nothing kept on any stack: a host that has no input
;; for now says "end of file", and calls `_start` again when it has. So between two frames the whole
;; state of a guest is its linear memory and its mutable globals.
;;
;; Written by hand because of that rule: a compiler might keep something on the shadow stack.
;;
;; Memory below 1 KiB is ours: QuickJS has its stack there, growing down from 1 MiB, and may use no
;; more than the limit given in the frame L (at most 512 KiB).
;;   16 frame header (8)   24 small payloads (32)   64 length out (4)   72 argv (4)   80 time (8)
;;   96 names (16)   128 iovec (8)   136 count of bytes (4); nothing at 0, which some hosts refuse
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "engine" "memory" (memory 1))
  (import "engine" "__stack_pointer" (global $stack_pointer (mut i32)))
  (import "engine" "_initialize" (func $initialize))
  (import "engine" "qjs_init" (func $qjs_init (result i32)))
  (import "engine" "qjs_set_interrupt_handler" (func $qjs_set_interrupt_handler (param i32)))
  (import "engine" "qjs_set_promise_rejection_handler" (func $qjs_set_promise_rejection_handler (param i32)))
  (import "engine" "qjs_set_memory_limit" (func $qjs_set_memory_limit (param i32)))
  (import "engine" "qjs_set_max_stack_size" (func $qjs_set_max_stack_size (param i32)))
  (import "engine" "qjs_set_gc_threshold" (func $qjs_set_gc_threshold (param i32)))
  (import "engine" "qjs_run_gc" (func $qjs_run_gc))
  (import "engine" "qjs_eval" (func $qjs_eval (param i32 i32 i32 i32) (result i32)))
  (import "engine" "qjs_compile" (func $qjs_compile (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "engine" "qjs_eval_bytecode" (func $qjs_eval_bytecode (param i32 i32) (result i32)))
  (import "engine" "qjs_new_string" (func $qjs_new_string (param i32 i32) (result i32)))
  (import "engine" "qjs_get_undefined" (func $qjs_get_undefined (result i32)))
  (import "engine" "qjs_get_string_len" (func $qjs_get_string_len (param i32 i32) (result i32)))
  (import "engine" "qjs_free_cstring" (func $qjs_free_cstring (param i32)))
  (import "engine" "qjs_is_exception" (func $qjs_is_exception (param i32) (result i32)))
  (import "engine" "qjs_free_value" (func $qjs_free_value (param i32)))
  (import "engine" "qjs_get_global" (func $qjs_get_global (result i32)))
  (import "engine" "qjs_get_prop_string" (func $qjs_get_prop_string (param i32 i32) (result i32)))
  (import "engine" "qjs_set_prop_string" (func $qjs_set_prop_string (param i32 i32 i32) (result i32)))
  (import "engine" "qjs_call" (func $qjs_call (param i32 i32 i32 i32) (result i32)))
  (import "engine" "qjs_new_host_function" (func $qjs_new_host_function (param i32 i32 i32) (result i32)))
  (import "engine" "qjs_is_job_pending" (func $qjs_is_job_pending (result i32)))
  (import "engine" "qjs_execute_pending_job" (func $qjs_execute_pending_job (result i32)))
  (import "engine" "qjs_get_exception" (func $qjs_get_exception (result i32)))
  (import "engine" "qjs_get_value_ptr" (func $qjs_get_value_ptr (param i32) (result i32)))
  (import "engine" "wasm_malloc" (func $malloc (param i32) (result i32)))
  (import "engine" "wasm_free" (func $free (param i32)))

  ;; Whether QuickJS has been set up. State: part of every snapshot.
  (global $is_ready (mut i32) (i32.const 0))
  ;; Time one frame may take, in nanoseconds; 0 is no limit. Given anew in every frame L.
  (global $turn_budget (mut i64) (i64.const 0))
  (global $deadline (mut i64) (i64.const 0))
  (global $was_interrupted (mut i32) (i32.const 0))

  ;; ── bytes ────────────────────────────────────────────────────────────────────────────────────

  ;; Reads exactly $left bytes. 0 when there was no more input at all; input that ends in the middle
  ;; of a frame is a fault of the host.
  (func $read (param $to i32) (param $left i32) (result i32)
    (local $count i32) (local $has_begun i32)
    (loop $more
      (if (i32.eqz (local.get $left)) (then (return (i32.const 1))))
      (i32.store (i32.const 128) (local.get $to))
      (i32.store (i32.const 132) (local.get $left))
      (if (call $fd_read (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 136))
        (then (unreachable)))
      (local.set $count (i32.load (i32.const 136)))
      (if (i32.eqz (local.get $count))
        (then
          (if (local.get $has_begun) (then (unreachable)))
          (return (i32.const 0))))
      (if (i32.gt_u (local.get $count) (local.get $left)) (then (unreachable)))
      (local.set $has_begun (i32.const 1))
      (local.set $to (i32.add (local.get $to) (local.get $count)))
      (local.set $left (i32.sub (local.get $left) (local.get $count)))
      (br $more))
    (unreachable))

  ;; The rest of a frame must be there.
  (func $must_read (param $to i32) (param $length i32)
    (if (local.get $length)
      (then (if (i32.eqz (call $read (local.get $to) (local.get $length))) (then (unreachable))))))

  (func $write_bytes (param $from i32) (param $left i32)
    (local $count i32)
    (loop $more
      (if (i32.eqz (local.get $left)) (then (return)))
      (i32.store (i32.const 128) (local.get $from))
      (i32.store (i32.const 132) (local.get $left))
      (if (call $fd_write (i32.const 1) (i32.const 128) (i32.const 1) (i32.const 136))
        (then (unreachable)))
      (local.set $count (i32.load (i32.const 136)))
      (if (i32.eqz (local.get $count)) (then (unreachable)))
      (local.set $from (i32.add (local.get $from) (local.get $count)))
      (local.set $left (i32.sub (local.get $left) (local.get $count)))
      (br $more)))

  (func $write_header (param $type i32) (param $length i32)
    (i32.store (i32.const 16) (local.get $length))
    (i32.store (i32.const 20) (local.get $type))
    (call $write_bytes (i32.const 16) (i32.const 8)))

  (func $write (param $type i32) (param $from i32) (param $length i32)
    (call $write_header (local.get $type) (local.get $length))
    (call $write_bytes (local.get $from) (local.get $length)))

  ;; ── what QuickJS asks its host ───────────────────────────────────────────────────────────────

  ;; Leaves no trace of the time in memory, so that equal guests have equal memories.
  (func $now (result i64)
    (local $time i64)
    (drop (call $clock (i32.const 1) (i64.const 1000) (i32.const 80)))
    (local.set $time (i64.load (i32.const 80)))
    (i64.store (i32.const 80) (i64.const 0))
    (local.get $time))

  (func $interrupt (export "host_interrupt") (result i32)
    (if (i64.eqz (global.get $turn_budget)) (then (return (i32.const 0))))
    (if (i64.le_u (call $now) (global.get $deadline)) (then (return (i32.const 0))))
    (global.set $was_interrupted (i32.const 1))
    (i32.const 1))

  ;; `$send(text)`: one message to the host.
  (func (export "host_call")
    (param $name i32) (param $name_length i32) (param $this i32) (param $argc i32) (param $argv i32)
    (result i32)
    (if (local.get $argc) (then (call $write_text (i32.const 109) (i32.load (local.get $argv)))))
    (call $qjs_get_undefined))

  ;; u: a promise was rejected and nobody listens; v: somebody does after all.
  (func (export "host_promise_rejection") (param $promise i32) (param $why i32) (param $is_handled i32)
    (local $text i32)
    (i32.store (i32.const 24) (call $qjs_get_value_ptr (local.get $promise)))
    (if (local.get $is_handled)
      (then (call $write (i32.const 118) (i32.const 24) (i32.const 4)))
      (else
        (local.set $text (call $qjs_get_string_len (local.get $why) (i32.const 64)))
        (if (i32.eqz (local.get $text)) (then (i32.store (i32.const 64) (i32.const 0))))
        (call $write_header (i32.const 117) (i32.add (i32.load (i32.const 64)) (i32.const 4)))
        (call $write_bytes (i32.const 24) (i32.const 4))
        (if (local.get $text)
          (then
            (call $write_bytes (local.get $text) (i32.load (i32.const 64)))
            (call $qjs_free_cstring (local.get $text))))))
    (call $qjs_free_value (local.get $promise))
    (call $qjs_free_value (local.get $why)))

  ;; A guest loads no modules, and its time zone is UTC.
  (func (export "host_module_normalize") (param i32 i32) (result i32) (i32.const 0))
  (func (export "host_module_load") (param i32 i32) (result i32) (i32.const 0))
  (func (export "host_get_timezone_offset") (param i32 i32) (result i32) (i32.const 0))

  ;; ── running ──────────────────────────────────────────────────────────────────────────────────

  (func $write_text (param $type i32) (param $value i32)
    (local $text i32)
    (local.set $text (call $qjs_get_string_len (local.get $value) (i32.const 64)))
    (if (i32.eqz (local.get $text))
      (then (call $write (local.get $type) (i32.const 64) (i32.const 0)) (return)))
    (call $write (local.get $type) (local.get $text) (i32.load (i32.const 64)))
    (call $qjs_free_cstring (local.get $text)))

  ;; x: something was thrown that nobody caught.
  (func $report
    (local $thrown i32)
    (local.set $thrown (call $qjs_get_exception))
    (call $write_text (i32.const 120) (local.get $thrown))
    (call $qjs_free_value (local.get $thrown)))

  (func $finish (param $value i32)
    (if (call $qjs_is_exception (local.get $value)) (then (call $report)))
    (call $qjs_free_value (local.get $value))
    (call $drain))

  ;; Promise jobs, until there are none or the time is up. A chain of small jobs never reaches the
  ;; engine's own interrupt counter, so it is asked for here as well.
  (func $drain
    (local $jobs i32)
    (loop $more
      (if (global.get $was_interrupted) (then (return)))
      (if (i32.eqz (call $qjs_is_job_pending)) (then (return)))
      (local.set $jobs (i32.add (local.get $jobs) (i32.const 1)))
      (if (i32.eqz (i32.and (local.get $jobs) (i32.const 31)))
        (then (if (call $interrupt) (then (return)))))
      (if (i32.lt_s (call $qjs_execute_pending_job) (i32.const 0)) (then (call $report)))
      (br $more)))

  (func $set_up
    (local $global i32) (local $send i32)
    (if (global.get $is_ready) (then (return)))
    (call $initialize)
    (drop (call $qjs_init))
    (call $qjs_set_interrupt_handler (i32.const 1))
    (call $qjs_set_promise_rejection_handler (i32.const 1))
    ;; "$send\0"
    (i64.store (i32.const 96) (i64.const 0x646e657324))
    (local.set $send (call $qjs_new_host_function (i32.const 96) (i32.const 5) (i32.const 1)))
    (local.set $global (call $qjs_get_global))
    (drop (call $qjs_set_prop_string (local.get $global) (i32.const 96) (local.get $send)))
    (call $qjs_free_value (local.get $send))
    (call $qjs_free_value (local.get $global))
    (global.set $is_ready (i32.const 1)))

  ;; "guest\0": the file name in stack traces.
  (func $file_name (result i32)
    (i64.store (i32.const 96) (i64.const 0x7473657567))
    (i32.const 96))

  (func $message (param $text i32) (param $length i32)
    (local $global i32) (local $function i32) (local $argument i32)
    ;; "$message\0"
    (i64.store (i32.const 96) (i64.const 0x6567617373656d24))
    (i32.store8 (i32.const 104) (i32.const 0))
    (local.set $global (call $qjs_get_global))
    (local.set $function (call $qjs_get_prop_string (local.get $global) (i32.const 96)))
    (local.set $argument (call $qjs_new_string (local.get $text) (local.get $length)))
    (i32.store (i32.const 72) (local.get $argument))
    (call $finish
      (call $qjs_call (local.get $function) (local.get $global) (i32.const 1) (i32.const 72)))
    (call $qjs_free_value (local.get $argument))
    (call $qjs_free_value (local.get $function))
    (call $qjs_free_value (local.get $global)))

  (func $compile (param $source i32) (param $length i32)
    (local $code i32)
    ;; 16: without the source text; line numbers stay.
    (local.set $code
      (call $qjs_compile (local.get $source) (local.get $length) (call $file_name)
        (i32.const 0) (i32.const 16) (i32.const 64)))
    (if (i32.eqz (local.get $code)) (then (call $report) (return)))
    (call $write (i32.const 98) (local.get $code) (i32.load (i32.const 64)))
    (call $free (local.get $code)))

  (func $limits (param $at i32)
    (call $qjs_set_memory_limit (i32.load (local.get $at)))
    (call $qjs_set_max_stack_size (i32.load offset=4 (local.get $at)))
    (call $qjs_set_gc_threshold (i32.load offset=8 (local.get $at)))
    (global.set $turn_budget
      (i64.mul (i64.extend_i32_u (i32.load offset=12 (local.get $at))) (i64.const 1000000)))
    (call $start_turn))

  (func $start_turn
    (global.set $was_interrupted (i32.const 0))
    (if (i64.eqz (global.get $turn_budget))
      (then (global.set $deadline (i64.const 0)))
      (else (global.set $deadline (i64.add (call $now) (global.get $turn_budget))))))

  ;; ── memory out and in ────────────────────────────────────────────────────────────────────────

  (func $is_zero (param $at i32) (result i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (i32.const 4096)))
    (loop $more
      (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (return (i32.const 0))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $more (i32.lt_u (local.get $at) (local.get $end))))
    (i32.const 1))

  ;; s: pages, stack pointer, is ready · p: address, 4 KiB blocks that are not zero · z: end.
  (func $snapshot
    (local $at i32) (local $from i32) (local $end i32)
    (i32.store (i32.const 24) (memory.size))
    (i32.store (i32.const 28) (global.get $stack_pointer))
    (i32.store (i32.const 32) (global.get $is_ready))
    (call $write (i32.const 115) (i32.const 24) (i32.const 12))
    (local.set $end (i32.mul (memory.size) (i32.const 65536)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (if (call $is_zero (local.get $at))
          (then (local.set $at (i32.add (local.get $at) (i32.const 4096))) (br $next)))
        (local.set $from (local.get $at))
        (block $run_ends
          (loop $run
            (local.set $at (i32.add (local.get $at) (i32.const 4096)))
            (br_if $run_ends (i32.ge_u (local.get $at) (local.get $end)))
            (br_if $run (i32.eqz (call $is_zero (local.get $at))))))
        (i32.store (i32.const 24) (local.get $from))
        (call $write_header (i32.const 112)
          (i32.add (i32.sub (local.get $at) (local.get $from)) (i32.const 4)))
        (call $write_bytes (i32.const 24) (i32.const 4))
        (call $write_bytes (local.get $from) (i32.sub (local.get $at) (local.get $from)))
        (br $next)))
    (call $write (i32.const 122) (i32.const 24) (i32.const 0)))

  (func $restore (param $pages i32)
    (if (i32.gt_u (local.get $pages) (memory.size))
      (then
        (if (i32.eq (memory.grow (i32.sub (local.get $pages) (memory.size))) (i32.const -1))
          (then (unreachable))))))

  ;; Bytes go straight to where they belong: nothing may be allocated while memory is replaced.
  (func $restore_frame (param $type i32) (param $length i32)
    ;; R: pages, stack pointer, is ready
    (if (i32.eq (local.get $type) (i32.const 82))
      (then
        (if (i32.ne (local.get $length) (i32.const 12)) (then (unreachable)))
        (call $must_read (i32.const 24) (i32.const 12))
        (call $restore (i32.load (i32.const 24)))
        (global.set $stack_pointer (i32.load (i32.const 28)))
        (global.set $is_ready (i32.load (i32.const 32)))
        (return)))
    ;; P: address, bytes
    (call $must_read (i32.const 24) (i32.const 4))
    (call $must_read (i32.load (i32.const 24)) (i32.sub (local.get $length) (i32.const 4))))

  ;; ── the loop ─────────────────────────────────────────────────────────────────────────────────

  (func $handle (param $type i32) (param $at i32) (param $length i32)
    ;; M: message
    (if (i32.eq (local.get $type) (i32.const 77))
      (then (call $message (local.get $at) (local.get $length)) (return)))
    ;; L: memory bytes, stack bytes, garbage collection threshold, milliseconds of a turn
    (if (i32.eq (local.get $type) (i32.const 76))
      (then
        (if (i32.ne (local.get $length) (i32.const 16)) (then (unreachable)))
        (call $limits (local.get $at)) (return)))
    ;; B: bytecode
    (if (i32.eq (local.get $type) (i32.const 66))
      (then (call $finish (call $qjs_eval_bytecode (local.get $at) (local.get $length))) (return)))
    ;; E: source
    (if (i32.eq (local.get $type) (i32.const 69))
      (then
        (call $finish
          (call $qjs_eval (local.get $at) (local.get $length) (call $file_name) (i32.const 0)))
        (return)))
    ;; C: source to bytecode
    (if (i32.eq (local.get $type) (i32.const 67))
      (then (call $compile (local.get $at) (local.get $length)) (return)))
    ;; G: collect garbage
    (if (i32.eq (local.get $type) (i32.const 71)) (then (call $qjs_run_gc) (return)))
    (unreachable))

  (func (export "_start")
    (local $type i32) (local $length i32) (local $at i32)
    (loop $next
      (if (i32.eqz (call $read (i32.const 16) (i32.const 8))) (then (return)))
      (local.set $length (i32.load (i32.const 16)))
      (local.set $type (i32.load (i32.const 20)))
      (if (i32.or (i32.eq (local.get $type) (i32.const 82)) (i32.eq (local.get $type) (i32.const 80)))
        (then (call $restore_frame (local.get $type) (local.get $length)))
        (else
          (if (i32.eq (local.get $type) (i32.const 83))
            (then (call $snapshot))
            (else
              (call $set_up)
              (call $start_turn)
              (local.set $at (call $malloc (i32.add (local.get $length) (i32.const 1))))
              (if (i32.eqz (local.get $at)) (then (unreachable)))
              (call $must_read (local.get $at) (local.get $length))
              (i32.store8 (i32.add (local.get $at) (local.get $length)) (i32.const 0))
              (call $handle (local.get $type) (local.get $at) (local.get $length))
              (call $free (local.get $at))))))
      ;; i: the time was up
      (if (global.get $was_interrupted)
        (then
          (call $write (i32.const 105) (i32.const 24) (i32.const 0))
          (global.set $was_interrupted (i32.const 0))))
      ;; a: done with this frame, and how many pages there are
      (i32.store (i32.const 24) (memory.size))
      (call $write (i32.const 97) (i32.const 24) (i32.const 4))
      (br $next)))
)
