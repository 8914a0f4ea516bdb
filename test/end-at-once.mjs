// Jest kills a worker that has not ended 500 ms after its last test and says that a test leaks. Once nothing is left
// to wait for, Node still takes a second to free the modules of all the files; this leaves them to the system.
if (process.env.JEST_WORKER_ID && process.send)
  process.on('exit', (code) => {
    process.reallyExit(code);
  });
