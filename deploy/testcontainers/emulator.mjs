// An emulator for as long as a test needs it: npm install testcontainers
import { GenericContainer, Wait } from 'testcontainers'

const emulator = await new GenericContainer('moderation-emulator')
  .withExposedPorts(8080)
  .withWaitStrategy(Wait.forHttp('/_emulator/health', 8080))
  .start()
const url = `http://${emulator.getHost()}:${emulator.getMappedPort(8080)}`
console.log((await fetch(`${url}/_emulator/health`)).status)
await emulator.stop()
