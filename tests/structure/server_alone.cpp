// Links the server's library, whole, and nothing of the worker: that this program can be linked proves that the server
// needs no plugin code, no reader of models and no picture decoder. server_alone.sh looks at what came out.
int main() {
    return 0;
}
