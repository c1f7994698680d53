// official_discord.js API TOKEN [INTENTS]: discord.js's gateway client. One JSON line for each thing it sees.
const { WebSocketManager, WebSocketShardEvents: On } = require('@discordjs/ws');
const { REST } = require('@discordjs/rest');

const [, , api, token, intents = '0'] = process.argv;
const say = (event, rest = {}) => console.log(JSON.stringify({ event, ...rest }));
const rest = new REST({ api, retries: 0 }).setToken(token);
const manager = new WebSocketManager({
  token,
  rest,
  intents: Number(intents),
  shardCount: 1,
  fetchGatewayInformation: () => rest.get('/gateway/bot'),
});
manager.on(On.Hello, () => say('hello'));
manager.on(On.Ready, (data) => say('ready', { session: data.session_id }));
manager.on(On.Resumed, () => say('resumed'));
manager.on(On.Dispatch, ({ t, s, d }) => say('dispatch', { t, s, content: d.content }));
manager.on(On.HeartbeatComplete, () => say('heartbeat'));
manager.on(On.Closed, (code) => say('closed', { code }));
manager.on(On.Error, (error) => say('error', { message: error.message }));
process.on('SIGTERM', () => manager.destroy().finally(() => process.exit(0)));
manager.connect().catch((error) => {
  say('failed', { message: error.message });
  process.exit(1);
});
